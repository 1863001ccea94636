/* The synchroniser token of a session (OWASP Cross-Site Request Forgery Prevention): `mask ‖ (mask
 * XOR secret)`, so that a page that is compressed with it tells nothing (BREACH). The secret is a
 * hash of the session's id: it changes when the id does, and gives nothing of it away. */
#include <bocata/csrf.h>

#include "base/str.h"
#include "crypto/base64.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "session/codec.h"
#include "session/session.h"

#define SECRET_LEN 32 /* of SHA-256 */
#define TOKEN_LEN (2 * SECRET_LEN)
#define TOKEN_TEXT_LEN 86 /* base64url of 64 bytes */

static bocata_status secret_of(const bocata_session *session, unsigned char secret[SECRET_LEN])
{
    bocata_str id = {(const char *)session->stamp.id, sizeof session->stamp.id};
    return bocata_digest_sum(BOCATA_DIGEST_SHA256, (bocata_str[]){STR("bocata csrf token"), id}, 2,
                             secret);
}

static void mask(unsigned char *masked, const unsigned char *with, const unsigned char *bytes)
{
    for (size_t i = 0; i < SECRET_LEN; i++)
        masked[i] = with[i] ^ bytes[i];
}

/* A new token's text, NULL when libcrypto or memory fails. */
static json_t *make_text(const bocata_session *session)
{
    unsigned char secret[SECRET_LEN], token[TOKEN_LEN];
    char text[TOKEN_TEXT_LEN];

    if (secret_of(session, secret) != BOCATA_OK ||
        bocata_codec_random(session->codec, token, SECRET_LEN) != BOCATA_OK)
        return NULL;
    mask(token + SECRET_LEN, token, secret);
    bocata_base64_encode(BOCATA_BASE64_URL, token, sizeof token, text);
    return json_stringn_nocheck(text, sizeof text);
}

const char *bocata_csrf_token(bocata_session *session)
{
    if (session && session->csrf_token)
        return session->csrf_token;
    if (!session || !session->codec) {
        bocata_session_fail(session, BOCATA_E_INVALID, NULL,
                            "a CSRF token needs sessions, and none are configured");
        return "";
    }
    if (!session->stamp.has_id) {
        if (bocata_session_check_writable(session) != BOCATA_OK)
            return "";
        if (bocata_session_make_id(session) != BOCATA_OK) {
            bocata_session_fail(session, BOCATA_E_CRYPTO, NULL, "a CSRF token could not be made");
            return "";
        }
        session->is_changed = true;
    }
    json_t *text = make_text(session);
    bool is_kept = text && bocata_session_retire(session, text); /* lives as long as the session */
    if (is_kept)
        session->csrf_token = json_string_value(text);
    json_decref(text);
    if (!is_kept) {
        bocata_session_fail(session, BOCATA_E_CRYPTO, NULL, "a CSRF token could not be made");
        return "";
    }
    session->keeps_id = true;
    session->json_len_bound = BOCATA_JSON_LEN_UNKNOWN;
    return session->csrf_token;
}

bool bocata_csrf_token_is_good(const bocata_session *session, bocata_str token)
{
    unsigned char secret[SECRET_LEN], claimed[TOKEN_LEN], unmasked[SECRET_LEN];
    size_t len;

    if (!session || !session->stamp.has_id ||
        bocata_base64_decode(BOCATA_BASE64_URL, token, claimed, sizeof claimed, &len) !=
            BOCATA_OK ||
        len != sizeof claimed || secret_of(session, secret) != BOCATA_OK)
        return false;
    mask(unmasked, claimed, claimed + SECRET_LEN);
    return bocata_secret_bytes_equal(unmasked, secret, sizeof secret);
}
