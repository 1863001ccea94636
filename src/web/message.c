#include "web/message.h"

#include <stdarg.h>

#include "base/buf.h"
#include "base/str.h"
#include "web/app.h"
#include "web/log.h"
#include "web/unpack.h"

void bocata_message_done(bocata_message *message)
{
    json_decref(message->json);
}

bool bocata_message_is_text(const bocata_message *message)
{
    return message->is_text;
}

bocata_str bocata_message_bytes(const bocata_message *message)
{
    return message->bytes;
}

static bocata_str bytes_if(bocata_message *message, bool is_right, const char *reason)
{
    if (is_right)
        return message->bytes;
    bocata_websocket_close(message->ws, BOCATA_CLOSE_UNSUPPORTED_DATA, reason);
    return (bocata_str){0};
}

bocata_str bocata_message_text(bocata_message *message)
{
    return bytes_if(message, message->is_text, "a text message is expected here");
}

bocata_str bocata_message_binary(bocata_message *message)
{
    return bytes_if(message, !message->is_text, "a binary message is expected here");
}

static void close_out_of_memory(bocata_message *message)
{
    bocata_websocket_close(message->ws, BOCATA_CLOSE_INTERNAL_ERROR, "out of memory");
}

json_t *bocata_message_json(bocata_message *message)
{
    json_error_t error = {0}; /* which jansson does not always set */
    char reason[BOCATA_CLOSE_REASON_LEN_MAX + 1];

    if (message->json || !bocata_message_text(message).ptr)
        return message->json;
    /* Without JSON_ALLOW_NUL, as a request's body is read. */
    message->json = json_loadb(message->bytes.ptr, message->bytes.len, JSON_DECODE_ANY, &error);
    if (message->json)
        return message->json;
    if (bocata_json_is_out_of_memory(&error)) {
        close_out_of_memory(message);
    } else {
        snprintf(reason, sizeof reason, "The message is not JSON: %s, at line %d, column %d.",
                 bocata_json_fault(&error), error.line, error.column);
        bocata_websocket_close(message->ws, BOCATA_CLOSE_INVALID_DATA, reason);
    }
    return NULL;
}

/* Says what fits of the sentence. */
static void close_misfit(bocata_message *message, const char *format, const json_error_t *error,
                         va_list args)
{
    bocata_buf sentence = {0};

    if (bocata_unpack_explain(&sentence, "message", format, error, args) == BOCATA_OK) {
        char reason[BOCATA_CLOSE_REASON_LEN_MAX + 1] = "";
        bocata_str kept = buf_str(&sentence);
        if (kept.len >= sizeof reason)
            kept = bocata_str_whole_utf8((bocata_str){kept.ptr, sizeof reason - 1});
        memcpy(reason, kept.ptr, kept.len);
        bocata_websocket_close(message->ws, BOCATA_CLOSE_INVALID_DATA, reason);
    } else {
        close_out_of_memory(message);
    }
    bocata_buf_free(&sentence);
}

bool bocata_message_unpack(bocata_message *message, const char *format, ...)
{
    json_error_t error = {0}; /* which jansson does not always set */
    va_list args;

    json_t *json = bocata_message_json(message);
    if (!json)
        return false;
    va_start(args, format);
    bool is_done = json_vunpack_ex(json, &error, 0, format, args) == 0;
    va_end(args);
    if (is_done)
        return true;
    va_start(args, format);
    if (bocata_json_is_out_of_memory(&error)) {
        close_out_of_memory(message);
    } else if (json_error_code(&error) == json_error_invalid_format) {
        bocata_app_log(bocata_websocket_app(message->ws), BOCATA_LOG_ERROR,
                       "The unpack format \"%s\" is wrong: %s.", format, error.text);
        bocata_websocket_close(message->ws, BOCATA_CLOSE_INTERNAL_ERROR, NULL);
    } else {
        close_misfit(message, format, &error, args);
    }
    va_end(args);
    return false;
}
