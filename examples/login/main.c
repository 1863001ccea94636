/* A log-in: the session tells who the user is, in a cookie that only the server can read or write.
 *
 *     SECRET_KEY=$(bocata keygen) ./scripts/run login
 *
 * and then http://127.0.0.1:8000/ as ann, with the password sandwich. HTTPS_ONLY=true gives the
 * cookie the name and attributes it should have behind HTTPS; to change the key, put the old one
 * into SECRET_KEY_FALLBACKS, and nobody is logged out. */
#include <crypt.h>
#include <string.h>
#include <time.h>

#include <bocata.h>

#include "page.h"

#define DAY_S ((int64_t)24 * 60 * 60)
#define REMEMBER_S (30 * DAY_S)
#define NAME_LEN_MAX 64

/* An application keeps these in its database: never a password, but what crypt_gensalt and crypt
 * make of it. */
static const struct user {
    const char *name, *password_hash;
} users[] = {
    {"ann", "$y$j9T$.u9q2d1Wrwr3qNu70G4x20$iSHu5Hk/bInV58Or2K/8HU22toINe9HKFLII2ojhtb6"},
};

/* Of no password that is known. Names that are not there are checked against it, since an answer
 * that comes sooner would tell which names are. */
static const char nobodys_hash[] =
    "$y$j9T$exExIEoQXCsg4/rbe8x0m.$w.ylFzhfgsix9eyHXhojJMk0h7qEPYOODEKgtIT9vfB";

/* The user, NULL if there is none or it is not their password. It takes some hundredths of a second
 * by design: an application that is open to the world also limits how often one may try. */
static const struct user *check_password(bocata_str name, bocata_str password)
{
    const struct user *user = NULL;
    for (size_t i = 0; i < sizeof users / sizeof *users; i++)
        if (bocata_str_is(name, users[i].name))
            user = &users[i];
    if (!password.ptr || strlen(password.ptr) != password.len)
        return NULL; /* crypt would only see what stands before the NUL */

    struct crypt_data data = {0};
    const char *wanted = user ? user->password_hash : nobodys_hash;
    const char *hash = crypt_rn(password.ptr, wanted, &data, sizeof data);
    bool is_right = hash && strcmp(hash, wanted) == 0;
    explicit_bzero(&data, sizeof data);
    return is_right ? user : NULL;
}

static const char *escape(bocata_request *req, bocata_str text)
{
    return bocata_html_escape(req, text).ptr;
}

/* All that wait, each shown once: reading takes them out of the session. */
static const char *notices(bocata_request *req)
{
    const char *html = "";
    bocata_flash flash;
    while (bocata_session_pop_flash(bocata_request_session(req), NULL, &flash))
        html = bocata_request_format(req, "%s%s", html,
                                     bocata_request_format(req, page_notice,
                                                           escape(req, flash.category),
                                                           escape(req, flash.text)));
    return html;
}

static void send_page(bocata_request *req, bocata_response *res, const char *heading,
                      const char *notice, const char *content)
{
    bocata_response_html(res,
                         bocata_request_format(req, page_frame, heading, heading, notice, content));
}

static bool is_logged_in(const bocata_session *session)
{
    return bocata_session_has(session, "user");
}

/* The application may know why a session is over, and tell those who lost one by its age. */
static const char *lost_session_notice(bocata_request *req)
{
    switch (bocata_session_reason(bocata_request_session(req))) {
    case BOCATA_REASON_EXPIRED:
    case BOCATA_REASON_IDLE_TIMEOUT:
    case BOCATA_REASON_ABSOLUTE_TIMEOUT:
        return bocata_request_format(req, page_notice, "info",
                                     "Your session has expired. Please log in again.");
    default:
        return "";
    }
}

static void show_home(bocata_request *req, bocata_response *res)
{
    bocata_session *session = bocata_request_session(req);
    if (!is_logged_in(session)) {
        const char *lost = lost_session_notice(req);
        send_page(req, res, "Welcome", bocata_request_format(req, "%s%s", lost, notices(req)),
                  page_logged_out);
        if (*lost)
            bocata_session_clear(session); /* so that it is told once */
        return;
    }
    char machine[32], person[32];
    time_t since_s = (time_t)bocata_session_get_int(session, "since_s", 0);
    struct tm since;
    gmtime_r(&since_s, &since);
    strftime(machine, sizeof machine, "%Y-%m-%dT%H:%MZ", &since);
    strftime(person, sizeof person, "%e %b %Y, %H:%M UTC", &since);

    const char *name = escape(req, bocata_session_get_str(session, "user", ""));
    const char *content = bocata_request_format(
        req, page_home, machine, person,
        bocata_session_get_bool(session, "is_remembered", false) ? "on this device"
                                                                 : "until the browser is closed",
        bocata_csrf_token(session));
    send_page(req, res, bocata_request_format(req, "Hello, %s", name), notices(req), content);
}

static void show_login(bocata_request *req, bocata_response *res)
{
    bocata_session *session = bocata_request_session(req);
    if (is_logged_in(session)) {
        bocata_response_redirect(res, 303, "/");
        return;
    }
    bool has_failed = bocata_session_has(session, "tried_name");
    const char *name = escape(req, bocata_session_get_str(session, "tried_name", ""));
    bocata_session_delete(session, "tried_name");

    const char *wrong = " aria-invalid=\"true\" aria-describedby=\"notices\"";
    const char *content = bocata_request_format(
        req, page_login_form, bocata_csrf_token(session), name, has_failed ? wrong : " autofocus",
        has_failed ? bocata_request_format(req, "%s autofocus", wrong) : "");
    const char *notice = bocata_request_format(req, "%s%s", lost_session_notice(req), notices(req));
    send_page(req, res, "Log in", notice, content);
}

static void log_in(bocata_request *req, bocata_response *res)
{
    const bocata_fields *form = bocata_request_form(req, res);
    if (!form)
        return; /* a 400 with the reason already stands in res */
    bocata_session *session = bocata_request_session(req);
    bocata_str name = bocata_fields_get(form, "name");
    const struct user *user = check_password(name, bocata_fields_get(form, "password"));

    if (!user) {
        bool is_kept = name.ptr && name.len <= NAME_LEN_MAX;
        bocata_session_set_str(session, "tried_name", is_kept ? name : bocata_str_of(""));
        bocata_session_flash(session, "error", "The name or the password is wrong.");
        bocata_response_redirect(res, 303, "/login");
        return;
    }
    bool is_remembered = bocata_fields_count(form, "remember") > 0;
    bocata_session_renew(session); /* an id or token from before the log-in is worth nothing */
    bocata_session_delete(session, "tried_name");
    bocata_session_set_max_age(session, is_remembered ? REMEMBER_S : BOCATA_MAX_AGE_NONE);
    bocata_session_set_string(session, "user", user->name);
    bocata_session_set_int(session, "since_s", (json_int_t)time(NULL));
    bocata_session_set_bool(session, "is_remembered", is_remembered);
    bocata_session_flash(session, "success", "You are logged in.");
    bocata_response_redirect(res, 303, "/");
}

static void log_out(bocata_request *req, bocata_response *res)
{
    bocata_session *session = bocata_request_session(req);
    bocata_session_clear(session);
    bocata_session_flash(session, "info", "You are logged out.");
    bocata_response_redirect(res, 303, "/");
}

static void show_style(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_header(res, "Cache-Control", "public, max-age=3600");
    bocata_response_bytes(res, page_style, sizeof page_style - 1, "text/css; charset=utf-8");
}

/* A form that was open while its session ended is the usual case, and a person sees it. */
static void show_refused(bocata_request *req, bocata_response *res)
{
    const char *detail = bocata_response_error_detail(res);
    const char *text = escape(req, bocata_str_of(detail ? detail : "That is not allowed."));
    send_page(req, res, "That did not work", "", bocata_request_format(req, page_refused, text));
}

/* No script runs here, and no page with a user's name on it is kept by a browser or a proxy. */
static void protect(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_header(res, "Content-Security-Policy",
                           "default-src 'none'; style-src 'self'; img-src data:; form-action "
                           "'self'; base-uri 'none'; frame-ancestors 'none'");
    bocata_response_header(res, "X-Content-Type-Options", "nosniff");
    if (!bocata_response_get_header(res, "Cache-Control").ptr)
        bocata_response_header(res, "Cache-Control", "no-store");
}

static void configure(bocata_app *app, bocata_config *config)
{
    bool https_only = bocata_config_bool(config, "HTTPS_ONLY", false);
    bocata_session_settings sessions = {
        .secret_key = bocata_config_secret(config, "SECRET_KEY"),
        .format = BOCATA_FORMAT_SEALED,
        .session_cookie = https_only ? "__Host-login" : "login",
        .https_only = https_only,
        /* not shorter than what is promised to those who are remembered */
        .idle_timeout_s = bocata_config_int(config, "IDLE_TIMEOUT_S", REMEMBER_S),
        .absolute_timeout_s = REMEMBER_S,
        .clear_site_data = BOCATA_CLEAR_CACHE,
    };
    sessions.secret_key_fallbacks =
        bocata_config_secrets(config, "SECRET_KEY_FALLBACKS", &sessions.secret_key_fallback_count);
    bocata_app_configure(app, &(bocata_settings){.config = config, .sessions = &sessions});
}

int main(int argc, char **argv)
{
    bocata_config *config = bocata_config_open(".env");
    bocata_app *app = bocata_app_new(NULL);

    configure(app, config);
    bocata_app_get(app, "/", show_home);
    bocata_app_get(app, "/style.css", show_style);
    bocata_app_get(app, "/login", show_login);
    bocata_app_route(app, &(bocata_route_settings){.pattern = "/login",
                                                   .methods = "POST",
                                                   .view = log_in,
                                                   .csrf = BOCATA_CSRF_TOKEN});
    bocata_app_route(app, &(bocata_route_settings){.pattern = "/logout",
                                                   .methods = "POST",
                                                   .view = log_out,
                                                   .csrf = BOCATA_CSRF_TOKEN});
    bocata_app_error_handler(app, 403, show_refused);
    bocata_app_after(app, protect);
    int status = bocata_server_main(app, argc, argv);

    bocata_app_free(app);
    bocata_config_close(config);
    return status;
}
