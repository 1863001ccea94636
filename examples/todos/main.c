/* The todos application: the session remembers the last todo that was sent, so that each is sent
 * once.
 *
 *     SECRET_KEY=1234 ./scripts/run todos
 *     curl -c jar -b jar http://127.0.0.1:8000/unseen-todos
 *     curl --json '{"content": "Buy bread"}' http://127.0.0.1:8000/todos */
#include <bocata.h>

#include "page.h"

/* The todos so far, oldest first, each {"id": …, "content": …}. */
static json_t *todos_sample(void)
{
    return json_pack("[{s:i, s:s}, {s:i, s:s}, {s:i, s:s}]", "id", 0, "content", "Go shopping",
                     "id", 1, "content", "Cook fries", "id", 2, "content", "Do laundry");
}

/* Ids go on counting (3, 4, …), and unseen are those greater than the last one sent: a deliberate
 * deviation. The documentation of Bocadillo, which this example follows, gives a new todo the id
 * len + 1 and cuts the list at last_id + 1, and so loses todos when two are posted between two
 * GETs. */
static json_int_t todo_id(const json_t *todo)
{
    return json_integer_value(json_object_get(todo, "id"));
}

static json_t *todos_after(const json_t *todos, json_int_t last_id)
{
    json_t *unseen = json_array();
    for (size_t i = 0; i < json_array_size(todos); i++)
        if (todo_id(json_array_get(todos, i)) > last_id)
            json_array_append(unseen, json_array_get(todos, i));
    return unseen;
}

static void get_unseen_todos(bocata_request *req, bocata_response *res)
{
    const json_t *todos = bocata_request_data(req);
    bocata_session *session = bocata_request_session(req);
    json_int_t last_id = bocata_session_get_int(session, "last_id", -1);
    json_t *unseen = todos_after(todos, last_id);
    size_t count = json_array_size(unseen);

    if (count > 0)
        bocata_session_set_int(session, "last_id", todo_id(json_array_get(unseen, count - 1)));
    bocata_response_json(res, unseen);
}

static void create_todo(bocata_request *req, bocata_response *res)
{
    json_t *todos = bocata_request_data(req);
    const char *content;

    if (!bocata_request_unpack(req, res, "{s:s}", "content", &content))
        return; /* a 400 with the reason already stands in res */
    json_array_append_new(todos, json_pack("{s:I, s:s}", "id", (json_int_t)json_array_size(todos),
                                           "content", content));
    bocata_response_status(res, 201);
}

static void show_page(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_html(res, todos_page);
}

/* Reads the session, and changes nothing. */
static void peek(bocata_request *req, bocata_response *res)
{
    bocata_session *session = bocata_request_session(req);
    bocata_response_json(res, json_pack("[I]", bocata_session_get_int(session, "last_id", -1)));
}

/* Counts in the session. */
static void count_visit(bocata_request *req, bocata_response *res)
{
    bocata_session *session = bocata_request_session(req);
    json_int_t visits = bocata_session_get_int(session, "visits", 0) + 1;
    bocata_session_set_int(session, "visits", visits);
    bocata_response_json(res, json_pack("[I]", visits));
}

/* Touches no session. */
static void plain(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_json(res, json_array());
}

int main(int argc, char **argv)
{
    json_t *todos = todos_sample();
    bocata_config *config = bocata_config_open(".env");
    bocata_app *app = bocata_app_new(todos);

    bocata_app_configure(app,
                         &(bocata_settings){
                             .config = config,
                             .sessions =
                                 &(bocata_session_settings){
                                     .secret_key = bocata_config_secret(config, "SECRET_KEY"),
                                     .https_only = bocata_config_bool(config, "HTTPS_ONLY", false),
                                 },
                         });
    bocata_app_get(app, "/", show_page);
    bocata_app_get(app, "/unseen-todos", get_unseen_todos);
    bocata_app_post(app, "/todos", create_todo);
    bocata_app_get(app, "/peek", peek);
    bocata_app_get(app, "/visits", count_visit);
    bocata_app_get(app, "/plain", plain);
    int status = bocata_server_main(app, argc, argv);

    bocata_app_free(app);
    bocata_config_close(config);
    json_decref(todos);
    return status;
}
