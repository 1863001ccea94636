/* A message that came through a WebSocket. */
#ifndef BOCATA_WEB_MESSAGE_H
#define BOCATA_WEB_MESSAGE_H

#include <bocata/websocket.h>

struct bocata_message {
    bocata_websocket *ws;
    bool is_text;
    bocata_str bytes;
    json_t *json; /* NULL until it is asked for */
};

void bocata_message_done(bocata_message *message);

#endif
