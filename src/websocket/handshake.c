#include "websocket/handshake.h"

#include <openssl/evp.h>

#include "base/str.h"
#include "websocket/list.h"

#define KEY_LEN 24 /* 16 bytes in base64 */

static bool refuse(bocata_handshake_refusal *refusal, int status, const char *detail)
{
    *refusal = (bocata_handshake_refusal){status, detail};
    return false;
}

/* How many headers have this name; the first one's value. */
static size_t find(const bocata_field *headers, size_t header_count, bocata_str name,
                   bocata_str *ret_value)
{
    size_t count = 0;
    for (size_t i = 0; i < header_count; i++)
        if (str_equal_nocase(headers[i].name, name) && count++ == 0)
            *ret_value = headers[i].value;
    return count;
}

/* Names of protocols and connection options do not depend on case (RFC 9110 7.8, 7.6.1). */
static bool lists(const bocata_field *headers, size_t header_count, bocata_str name,
                  bocata_str token)
{
    bocata_list list = {.name = name, .headers = headers, .header_count = header_count};
    bocata_str element;
    while (bocata_list_next(&list, &element))
        if (str_equal_nocase(element, token))
            return true;
    return false;
}

static bool char_is_base64(char c)
{
    return (c >= '0' && c <= '9') || (char_lower(c) >= 'a' && char_lower(c) <= 'z') || c == '+' ||
           c == '/';
}

/* The one text of some 16 bytes: the 22nd character holds the last two bits, and four zeros. */
static bool is_key(bocata_str key)
{
    if (key.len != KEY_LEN || !str_ends_with(key, STR("==")))
        return false;
    for (size_t i = 0; i < KEY_LEN - 3; i++)
        if (!char_is_base64(key.ptr[i]))
            return false;
    return str_find(STR("AQgw"), key.ptr[KEY_LEN - 3]) < 4;
}

bool bocata_handshake_is_asked(const bocata_field *headers, size_t header_count)
{
    return lists(headers, header_count, STR("upgrade"), STR("websocket"));
}

bool bocata_handshake_check(bocata_str method, bool is_http_1_0, const bocata_field *headers,
                            size_t header_count, bocata_str *ret_key,
                            bocata_handshake_refusal *ret_refusal)
{
    bocata_str version = {0}, key = {0};

    if (!str_equal(method, STR("GET")))
        return refuse(ret_refusal, 405, "A WebSocket is opened with the method GET.");
    if (is_http_1_0)
        return refuse(ret_refusal, 400, "A WebSocket is opened with HTTP/1.1.");
    if (!bocata_handshake_is_asked(headers, header_count))
        return refuse(ret_refusal, 426, "Here is a WebSocket: the Upgrade header must ask for it.");
    if (!lists(headers, header_count, STR("connection"), STR("upgrade")))
        return refuse(ret_refusal, 400, "The Connection header does not name Upgrade.");

    size_t version_count = find(headers, header_count, STR("sec-websocket-version"), &version);
    if (version_count > 1)
        return refuse(ret_refusal, 400, "There is more than one Sec-WebSocket-Version header.");
    if (!str_equal(version, STR("13")))
        return refuse(ret_refusal, 426, "The WebSocket version served is 13.");

    size_t key_count = find(headers, header_count, STR("sec-websocket-key"), &key);
    if (key_count != 1)
        return refuse(ret_refusal, 400,
                      key_count ? "There is more than one Sec-WebSocket-Key header."
                                : "The Sec-WebSocket-Key header is missing.");
    if (!is_key(key))
        return refuse(ret_refusal, 400, "The Sec-WebSocket-Key is not 16 bytes in base64.");
    *ret_key = key;
    return true;
}

bocata_status bocata_handshake_accept(bocata_str key, char accept[BOCATA_HANDSHAKE_ACCEPT_LEN + 1])
{
    const bocata_str guid = STR("258EAFA5-E914-47DA-95CA-C5AB0DC85B11"); /* RFC 6455 1.3 */
    unsigned char text[KEY_LEN + 36], sum[EVP_MAX_MD_SIZE];
    unsigned int sum_len = 0;

    if (key.len != KEY_LEN)
        return BOCATA_E_INVALID;
    memcpy(text, key.ptr, KEY_LEN);
    memcpy(text + KEY_LEN, guid.ptr, guid.len);
    if (!EVP_Digest(text, sizeof text, sum, &sum_len, EVP_sha1(), NULL))
        return BOCATA_E_CRYPTO;
    EVP_EncodeBlock((unsigned char *)accept, sum, (int)sum_len);
    return BOCATA_OK;
}

bocata_status bocata_handshake_protocol(const bocata_field *headers, size_t header_count,
                                        const char *const *served, size_t served_count,
                                        const char **ret_protocol)
{
    bocata_list list = {
        .name = STR("sec-websocket-protocol"), .headers = headers, .header_count = header_count};
    const char *chosen = NULL;
    bocata_str element;

    while (bocata_list_next(&list, &element)) {
        if (!bocata_str_is_token(element))
            return BOCATA_E_MALFORMED;
        for (size_t i = 0; i < served_count && !chosen; i++)
            if (bocata_str_is(element, served[i]))
                chosen = served[i];
    }
    *ret_protocol = chosen;
    return BOCATA_OK;
}
