#include "crypto/sealer.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "crypto/hkdf.h"
#include "crypto/secret.h"

#define HEAD_LEN (1 + BOCATA_SEALER_KEY_ID_LEN) /* version and key id, authenticated */

struct bocata_sealer {
    bocata_secret *derived; /* all keys, one behind the other */
    size_t key_count;
    unsigned char ids[BOCATA_KEYS_MAX][BOCATA_SEALER_KEY_ID_LEN];
};

struct bocata_sealer_context {
    const bocata_sealer *sealer;
    size_t bound_len;
    unsigned char
        aad[HEAD_LEN + BOCATA_SEALER_BOUND_TO_LEN_MAX]; /* the head of the message, and bound_to */
    size_t xaes_count;                                  /* one a key */
    bocata_xaes xaes[];
};

/* ---- keys ------------------------------------------------------------------------------------ */

static bocata_status derive_all(bocata_sealer *sealer, const bocata_str *secrets, size_t count)
{
    char *key;

    sealer->derived = bocata_secret_new_zeroed(count * BOCATA_XAES_KEY_LEN, &key);
    if (!sealer->derived)
        return BOCATA_E_NOMEM;
    sealer->key_count = count;
    for (size_t i = 0; i < count; i++, key += BOCATA_XAES_KEY_LEN) {
        bocata_status status = bocata_hkdf(secrets[i], STR(""), STR("bocata sealed 1 key"),
                                           (unsigned char *)key, BOCATA_XAES_KEY_LEN);
        if (status == BOCATA_OK)
            status = bocata_hkdf(secrets[i], STR(""), STR("bocata sealed 1 key id"), sealer->ids[i],
                                 BOCATA_SEALER_KEY_ID_LEN);
        if (status != BOCATA_OK)
            return status;
    }
    return BOCATA_OK;
}

bocata_status bocata_sealer_new(const bocata_str *secrets, size_t count, bocata_sealer **ret_sealer)
{
    if (count < 1 || count > BOCATA_KEYS_MAX)
        return BOCATA_E_INVALID;
    for (size_t i = 0; i < count; i++)
        if (secrets[i].len < 1)
            return BOCATA_E_INVALID;
    bocata_sealer *sealer = calloc(1, sizeof *sealer);
    if (!sealer)
        return BOCATA_E_NOMEM;
    bocata_status status = derive_all(sealer, secrets, count);
    if (status == BOCATA_OK)
        *ret_sealer = sealer;
    else
        bocata_sealer_free(sealer);
    return status;
}

void bocata_sealer_free(bocata_sealer *sealer)
{
    if (!sealer)
        return;
    bocata_secret_free(sealer->derived);
    free(sealer);
}

bool bocata_sealer_is_locked(const bocata_sealer *sealer)
{
    return bocata_secret_is_locked(sealer->derived);
}

bocata_sealer_context *bocata_sealer_context_new(const bocata_sealer *sealer, bocata_str bound_to)
{
    if (bound_to.len > BOCATA_SEALER_BOUND_TO_LEN_MAX)
        return NULL;
    bocata_sealer_context *context =
        calloc(1, sizeof *context + sealer->key_count * sizeof context->xaes[0]);
    if (!context)
        return NULL;
    context->sealer = sealer;
    context->bound_len = bound_to.len;
    if (bound_to.len)
        memcpy(context->aad + HEAD_LEN, bound_to.ptr, bound_to.len);
    const char *key = bocata_secret_reveal(sealer->derived).ptr;
    for (; context->xaes_count < sealer->key_count; context->xaes_count++) {
        if (bocata_xaes_init(&context->xaes[context->xaes_count], (const unsigned char *)key) !=
            BOCATA_OK) {
            bocata_sealer_context_free(context);
            return NULL;
        }
        key += BOCATA_XAES_KEY_LEN;
    }
    return context;
}

void bocata_sealer_context_free(bocata_sealer_context *context)
{
    if (!context)
        return;
    for (size_t i = 0; i < context->xaes_count; i++) /* the sealer may be gone already */
        bocata_xaes_done(&context->xaes[i]);
    free(context);
}

/* ---- sealing and opening --------------------------------------------------------------------- */

/* What a message under the i-th key begins with, and what is authenticated with it. */
static bocata_str aad_of(bocata_sealer_context *context, size_t i)
{
    context->aad[0] = BOCATA_SEALER_VERSION;
    memcpy(context->aad + 1, context->sealer->ids[i], BOCATA_SEALER_KEY_ID_LEN);
    return (bocata_str){(const char *)context->aad, HEAD_LEN + context->bound_len};
}

bocata_status bocata_sealer_seal(bocata_sealer_context *context,
                                 const unsigned char nonce[BOCATA_SEALER_NONCE_LEN],
                                 bocata_str plain, unsigned char *sealed)
{
    bocata_str aad = aad_of(context, 0);
    unsigned char *ciphertext = sealed + HEAD_LEN + BOCATA_SEALER_NONCE_LEN;

    memcpy(sealed, aad.ptr, HEAD_LEN);
    memcpy(sealed + HEAD_LEN, nonce, BOCATA_SEALER_NONCE_LEN);
    return bocata_xaes_seal(&context->xaes[0], nonce, aad, plain, ciphertext,
                            ciphertext + plain.len);
}

bocata_status bocata_sealer_open(bocata_sealer_context *context, bocata_str sealed, char *plain,
                                 size_t *ret_len, size_t *ret_key_index)
{
    const bocata_sealer *sealer = context->sealer;
    bocata_status status = BOCATA_E_SIGNATURE;

    if (sealed.len < BOCATA_SEALER_OVERHEAD || sealed.ptr[0] != BOCATA_SEALER_VERSION)
        return BOCATA_E_MALFORMED;
    const unsigned char *nonce = (const unsigned char *)sealed.ptr + HEAD_LEN;
    const unsigned char *text = nonce + BOCATA_SEALER_NONCE_LEN;
    bocata_str ciphertext = {(const char *)text, sealed.len - BOCATA_SEALER_OVERHEAD};
    /* Two secrets share an id by chance, or by being the same. */
    for (size_t i = 0; i < sealer->key_count && status == BOCATA_E_SIGNATURE; i++) {
        if (memcmp(sealed.ptr + 1, sealer->ids[i], BOCATA_SEALER_KEY_ID_LEN) != 0)
            continue;
        status = bocata_xaes_open(&context->xaes[i], nonce, aad_of(context, i), ciphertext,
                                  text + ciphertext.len, (unsigned char *)plain);
        if (status == BOCATA_OK) {
            *ret_len = ciphertext.len;
            *ret_key_index = i;
        }
    }
    return status;
}
