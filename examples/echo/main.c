/* The smallest WebSocket endpoints: /echo sends back what comes, /broadcast sends it to everybody
 * who is connected there.
 *
 *     ./scripts/run echo
 *
 * and then, in the console of a browser that shows http://127.0.0.1:8000/:
 *
 *     socket = new WebSocket('ws://127.0.0.1:8000/echo')
 *     socket.onmessage = event => console.log(event.data)
 *     socket.send('hello')
 *
 * With a SECRET_KEY there are sessions too: once /login?name=ann was opened, each socket of that
 * browser carries one. */
#include <stdlib.h>

#include <bocata.h>

static void echo(bocata_websocket *ws, bocata_message *message)
{
    bocata_str bytes = bocata_message_bytes(message);
    if (bocata_message_is_text(message))
        bocata_websocket_send_str(ws, bytes);
    else
        bocata_websocket_send_binary(ws, bytes.ptr, bytes.len);
}

static void join(bocata_websocket *ws)
{
    bocata_websocket_join(ws, "all");
}

static void broadcast(bocata_websocket *ws, bocata_message *message)
{
    const bocata_app *app = bocata_websocket_app(ws);
    bocata_str bytes = bocata_message_bytes(message);
    if (bocata_message_is_text(message))
        bocata_app_broadcast_str(app, "all", bytes);
    else
        bocata_app_broadcast_binary(app, "all", bytes.ptr, bytes.len);
}

static void show_home(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_text(res, "Connect a WebSocket to /echo or /broadcast.\n");
}

static void log_in(bocata_request *req, bocata_response *res)
{
    bocata_str name = bocata_fields_get(bocata_request_query(req), "name");
    bocata_session_set_str(bocata_request_session(req), "name",
                           name.ptr ? name : bocata_str_of("somebody"));
    bocata_response_text(res, "Your sockets carry a session now.\n");
}

int main(int argc, char **argv)
{
    bocata_app *app = bocata_app_new(NULL);

    if (getenv("SECRET_KEY")) {
        bocata_app_configure(app, &(bocata_settings){
                                      .sessions = &(bocata_session_settings){.from_env = true},
                                  });
        bocata_app_get(app, "/login", log_in);
    }
    bocata_app_get(app, "/", show_home);
    bocata_app_websocket(app, "/echo", &(bocata_websocket_handlers){.on_message = echo});
    bocata_app_websocket(app, "/broadcast",
                         &(bocata_websocket_handlers){.on_open = join, .on_message = broadcast});
    int status = bocata_server_main(app, argc, argv);

    bocata_app_free(app);
    return status;
}
