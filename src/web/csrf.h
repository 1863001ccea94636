/* Keeping other sites from sending requests with our cookie. */
#ifndef BOCATA_WEB_CSRF_H
#define BOCATA_WEB_CSRF_H

#include <bocata/app.h>

/* What the application's settings say. */
typedef struct bocata_csrf_rules {
    char **trusted_origins;
    size_t trusted_origin_count;
    bool tokens_required, is_off;
    int64_t told_s; /* when a WebSocket's origin was last refused, and told */
} bocata_csrf_rules;

void bocata_csrf_rules_done(bocata_csrf_rules *rules);

/* Once the route is known; of a WebSocket's handshake the origin is checked. False if the request
 * must be refused: a 403 then stands in the response, or what is wrong with the form that should
 * have held the token. The session is read only where a token is asked for. */
bool bocata_request_passes_csrf(bocata_request *request, bocata_response *response);

#endif
