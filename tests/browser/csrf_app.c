/* What pages of other sites try to make a browser do: an application that counts what got through,
 * what was refused, and whether the refused came with the cookie. */
#include <bocata.h>

typedef struct counts {
    json_int_t added, refused, refused_with_cookie;
} counts;

static void show_page(bocata_request *req, bocata_response *res)
{
    bocata_session_set_string(bocata_request_session(req), "user", "ann");
    bocata_response_html(res, "<!doctype html><title>app</title><form method=post action=/add>"
                              "<button>Add</button></form>");
}

static void add(bocata_request *req, bocata_response *res)
{
    counts *so_far = bocata_request_data(req);
    so_far->added++;
    bocata_response_html(res, "<!doctype html><title>added</title>");
}

static void show_counts(bocata_request *req, bocata_response *res)
{
    const counts *so_far = bocata_request_data(req);
    bocata_response_json(res, json_pack("{s:I, s:I, s:I}", "added", so_far->added, "refused",
                                        so_far->refused, "refused_with_cookie",
                                        so_far->refused_with_cookie));
}

static void count_refused(bocata_request *req, bocata_response *res)
{
    counts *so_far = bocata_request_app_data(req);
    if (bocata_response_get_status(res) != 403)
        return;
    so_far->refused++;
    if (bocata_request_cookie(req, "session").ptr)
        so_far->refused_with_cookie++;
}

int main(int argc, char **argv)
{
    counts so_far = {0};
    bocata_config *config = bocata_config_open(NULL);
    bocata_app *app = bocata_app_new(&so_far);
    /* Secure, so that SameSite may be none, and other sites' requests carry the cookie: what
     * refuses them is then the check, and not the browser. */
    bocata_session_settings sessions = {
        .secret_key = bocata_config_secret(config, "SECRET_KEY"),
        .same_site = BOCATA_SAME_SITE_NONE,
        .https_only = true,
    };
    bocata_csrf_settings csrf = {0};
    csrf.trusted_origins =
        bocata_config_list(config, "TRUSTED_ORIGINS", "", &csrf.trusted_origin_count);

    bocata_app_configure(
        app, &(bocata_settings){.config = config, .sessions = &sessions, .csrf = &csrf});
    bocata_app_get(app, "/", show_page);
    bocata_app_post(app, "/add", add);
    bocata_app_get(app, "/counts", show_counts);
    bocata_app_after(app, count_refused);
    int status = bocata_server_main(app, argc, argv);

    bocata_app_free(app);
    bocata_config_close(config);
    return status;
}
