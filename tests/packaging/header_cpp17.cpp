// The public headers are C++17, and the functions under the macros can be called from it.
#include <cstdio>

#include <bocata.h>

int main()
{
    bocata_app *app = bocata_app_new(nullptr);
    bocata_settings settings{};
    bocata_app_configure(app, &settings);
    bocata_app_get(app, "/", [](bocata_request *request, bocata_response *response) {
        bocata_session_set_int(bocata_request_session(request), "n", 1);
        bocata_response_text(response, "hello");
    });
    bocata_client *client = bocata_client_new(app);
    bocata_client_request request{};
    request.target = "/nothing";
    bocata_reply *reply = bocata_client_send(client, &request);
    bool is_404 = bocata_reply_status(reply) == 404;
    bocata_reply_free(reply);
    bocata_client_free(client);
    bocata_app_free(app);
    std::printf("1..1\n%sok 1 - the headers are C++17\n", is_404 ? "" : "not ");
    return is_404 ? 0 : 1;
}
