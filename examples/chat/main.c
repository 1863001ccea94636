/* A chat in rooms: the session tells each socket who is talking.
 *
 *     SECRET_KEY=$(bocata keygen) ./scripts/run chat
 *
 * and then http://127.0.0.1:8000/ in two browsers. HTTPS_ONLY=true gives the cookie the name and
 * attributes it should have behind HTTPS; LIFETIME_S is how long a session lasts unless its page
 * renews it.
 *
 * On a socket, as JSON: {"text": …} comes; {"from": …, "text": …, "at": …}, {"joined" or "left": …,
 * "people": …, "at": …}, {"expiring": …} and {"error": …} go. */
#include <string.h>
#include <time.h>

#include <bocata.h>

#include "page.h"

#define HOUR_S ((int64_t)60 * 60)
#define NAME_CHARACTERS_MAX 32 /* the forms say the same */
#define TEXT_CHARACTERS_MAX 500
#define ROOM_LEN_MAX 32
#define ROOM_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"

/* ---- names, rooms, texts --------------------------------------------------------------------- */

/* Characters of UTF-8: all bytes but those that continue one. */
static size_t count_characters(bocata_str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return count;
}

static bool name_is_valid(bocata_str name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < ' ' || name.ptr[i] == 0x7f)
            return false;
    return name.len > 0 && name.ptr[0] != ' ' && count_characters(name) <= NAME_CHARACTERS_MAX;
}

static bool room_is_valid(bocata_str room)
{
    return room.len > 0 && room.len <= ROOM_LEN_MAX &&
           strspn(room.ptr, ROOM_CHARACTERS) == room.len;
}

/* False where there is no such room, and the response says so. */
static bool check_room(bocata_response *res, bocata_str room)
{
    if (!room_is_valid(room))
        bocata_response_error(
            res, 404, "The name of a room has 1 to %d letters, digits and hyphens.", ROOM_LEN_MAX);
    return room_is_valid(room);
}

/* ---- pages ----------------------------------------------------------------------------------- */

static bool is_logged_in(const bocata_session *session)
{
    return bocata_session_has(session, "name");
}

static void go_to_room(bocata_request *req, bocata_response *res, bocata_str room)
{
    if (check_room(res, room))
        bocata_response_redirect(res, 303, bocata_request_format(req, "/rooms/%s", room.ptr));
}

static void show_home(bocata_request *req, bocata_response *res)
{
    bocata_session *session = bocata_request_session(req);
    bocata_str asked = bocata_fields_get(bocata_request_query(req), "room");
    bocata_str room = room_is_valid(asked) ? asked : bocata_str_of("lobby");

    if (is_logged_in(session))
        go_to_room(req, res, room);
    else
        bocata_response_html(
            res, bocata_request_format(
                     req, page_frame, "Chat",
                     bocata_request_format(req, page_login, bocata_csrf_token(session), room.ptr)));
}

/* A name proves nothing here: an application asks for a password too (examples/login). */
static void log_in(bocata_request *req, bocata_response *res)
{
    const bocata_fields *form = bocata_request_form(req, res);
    if (!form)
        return; /* a 400 with the reason already stands in res */
    bocata_session *session = bocata_request_session(req);
    bocata_str name = bocata_fields_get(form, "name");

    if (!name_is_valid(name)) {
        bocata_response_error(res, 400, "A name has 1 to %d characters, and no space before.",
                              NAME_CHARACTERS_MAX);
        return;
    }
    bocata_session_renew(session); /* an id or token from before the log-in is worth nothing */
    bocata_session_set_str(session, "name", name);
    go_to_room(req, res, bocata_fields_get(form, "room"));
}

/* The sockets of this session are closed with it. */
static void log_out(bocata_request *req, bocata_response *res)
{
    bocata_session_clear(bocata_request_session(req));
    bocata_response_redirect(res, 303, "/");
}

/* The page asks for this before its session ends. Reading a session whose half life has passed
 * sends it anew, and its sockets stay open until the new end. */
static void renew(bocata_request *req, bocata_response *res)
{
    if (is_logged_in(bocata_request_session(req)))
        bocata_response_status(res, 204);
    else
        bocata_response_error(res, 403, "You are not logged in.");
}

static void show_room(bocata_request *req, bocata_response *res)
{
    bocata_session *session = bocata_request_session(req);
    bocata_str room = bocata_request_param(req, "room");

    if (!check_room(res, room))
        return;
    if (!is_logged_in(session)) {
        bocata_response_redirect(res, 303, bocata_request_format(req, "/?room=%s", room.ptr));
        return;
    }
    bocata_str name = bocata_html_escape(req, bocata_session_get_str(session, "name", ""));
    const char *content = bocata_request_format(req, page_room, room.ptr, room.ptr, name.ptr,
                                                bocata_csrf_token(session));
    bocata_response_html(res, bocata_request_format(req, page_frame, room.ptr, content));
}

static void show_style(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_bytes(res, page_style, sizeof page_style - 1, "text/css; charset=utf-8");
}

static void show_script(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_bytes(res, page_script, sizeof page_script - 1,
                          "text/javascript; charset=utf-8");
}

static void show_error(bocata_request *req, bocata_response *res)
{
    const char *detail = bocata_response_error_detail(res);
    bocata_str text = bocata_html_escape(req, bocata_str_of(detail ? detail : "Please try again."));
    bocata_response_html(res,
                         bocata_request_format(req, page_frame, "That did not work",
                                               bocata_request_format(req, page_error, text.ptr)));
}

/* Only our own script runs and connects, and no page with a name on it is kept. */
static void protect(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_header(res, "Content-Security-Policy",
                           "default-src 'none'; script-src 'self'; style-src 'self'; connect-src "
                           "'self'; img-src data:; form-action 'self'; base-uri 'none'; "
                           "frame-ancestors 'none'");
    bocata_response_header(res, "X-Content-Type-Options", "nosniff");
    bocata_response_header(res, "Cache-Control", "no-store");
}

/* ---- sockets --------------------------------------------------------------------------------- */

/* Whoever is not logged in gets no socket. */
static void on_connect(bocata_request *req, bocata_response *res)
{
    if (is_logged_in(bocata_request_session(req)))
        check_room(res, bocata_request_param(req, "room"));
    else
        bocata_response_error(res, 403, "You are not logged in.");
}

static bocata_str name_of(bocata_websocket *ws)
{
    return bocata_session_get_str(bocata_websocket_session(ws), "name", "");
}

/* Each room is a group of its name. */
static const char *room_of(bocata_websocket *ws)
{
    return bocata_request_param(bocata_websocket_request(ws), "room").ptr;
}

/* Tells the room that somebody "joined" or "left", and how many are there now. (Whoever has the
 * page open twice counts twice.) */
static void tell_presence(bocata_websocket *ws, const char *what)
{
    const bocata_app *app = bocata_websocket_app(ws);
    bocata_str name = name_of(ws);
    json_int_t people = (json_int_t)bocata_app_group_size(app, room_of(ws));
    bocata_app_broadcast_json(app, room_of(ws),
                              json_pack("{s:s%, s:I, s:I}", what, name.ptr, name.len, "people",
                                        people, "at", (json_int_t)time(NULL)));
}

static void on_open(bocata_websocket *ws)
{
    bocata_websocket_join(ws, room_of(ws));
    tell_presence(ws, "joined");
}

static void on_message(bocata_websocket *ws, bocata_message *message)
{
    const char *text;
    if (!bocata_message_unpack(message, "{s:s}", "text", &text))
        return; /* it is something else, and the socket is closing */

    size_t count = count_characters(bocata_str_of(text));
    if (count == 0 || count > TEXT_CHARACTERS_MAX) {
        bocata_websocket_send_json(
            ws, json_pack("{s:o}", "error",
                          json_sprintf("A message has 1 to %d characters.", TEXT_CHARACTERS_MAX)));
        return;
    }
    bocata_str name = name_of(ws);
    bocata_app_broadcast_json(bocata_websocket_app(ws), room_of(ws),
                              json_pack("{s:s%, s:s, s:I}", "from", name.ptr, name.len, "text",
                                        text, "at", (json_int_t)time(NULL)));
}

/* A socket can send no cookie, so the page has to ask for one. */
static void on_session_expiring(bocata_websocket *ws, int64_t left_s)
{
    bocata_websocket_send_json(ws, json_pack("{s:I}", "expiring", (json_int_t)left_s));
}

static void on_close(bocata_websocket *ws, int code, bocata_str reason)
{
    (void)code;
    (void)reason;
    tell_presence(ws, "left");
}

/* ---- the application ------------------------------------------------------------------------- */

static void configure(bocata_app *app, bocata_config *config, int64_t lifetime_s)
{
    bool https_only = bocata_config_bool(config, "HTTPS_ONLY", false);
    bocata_app_configure(
        app, &(bocata_settings){
                 .config = config,
                 .sessions =
                     &(bocata_session_settings){
                         .secret_key = bocata_config_secret(config, "SECRET_KEY"),
                         .format = BOCATA_FORMAT_SEALED,
                         .session_cookie = https_only ? "__Host-chat" : "chat",
                         .https_only = https_only,
                         .max_age_s = lifetime_s,
                         .absolute_timeout_s = 12 * HOUR_S, /* however long the page is open */
                     },
             });
}

int main(int argc, char **argv)
{
    bocata_config *config = bocata_config_open(".env");
    bocata_app *app = bocata_app_new(NULL);
    int64_t lifetime_s = bocata_config_int(config, "LIFETIME_S", HOUR_S);

    configure(app, config, lifetime_s);
    bocata_app_get(app, "/", show_home);
    bocata_app_get(app, "/style.css", show_style);
    bocata_app_get(app, "/chat.js", show_script);
    bocata_app_route(app, &(bocata_route_settings){.pattern = "/login",
                                                   .methods = "POST",
                                                   .view = log_in,
                                                   .csrf = BOCATA_CSRF_TOKEN});
    bocata_app_route(app, &(bocata_route_settings){.pattern = "/logout",
                                                   .methods = "POST",
                                                   .view = log_out,
                                                   .csrf = BOCATA_CSRF_TOKEN});
    bocata_app_post(app, "/renew", renew);
    bocata_app_get(app, "/rooms/{room}", show_room);
    bocata_app_websocket(
        app, "/rooms/{room}",
        &(bocata_websocket_handlers){
            .on_connect = on_connect,
            .on_open = on_open,
            .on_message = on_message,
            .on_session_expiring = on_session_expiring,
            .on_close = on_close,
            .message_len_max = 64 + 12 * TEXT_CHARACTERS_MAX, /* all written like \ud83e\udd6a */
            .expiring_lead_s = lifetime_s / 4 + 1,
        });
    bocata_app_error_handler(app, 0, show_error);
    bocata_app_after(app, protect);
    int status = bocata_server_main(app, argc, argv);

    bocata_app_free(app);
    bocata_config_close(config);
    return status;
}
