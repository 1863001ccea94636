#include <math.h>
#include <string.h>

#include "base/str.h"
#include "session/codec.h"
#include "session/reserved.h"
#include "session/session.h"

/* ---- reading --------------------------------------------------------------------------------- */

/* NULL where anything is missing; jansson's getters take a NULL object and a NULL key. */
static json_t *value_of(const bocata_session *session, const char *key)
{
    return session ? json_object_get(session->values, key) : NULL;
}

json_int_t bocata_session_get_int(const bocata_session *session, const char *key,
                                  json_int_t fallback)
{
    const json_t *value = value_of(session, key);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

double bocata_session_get_real(const bocata_session *session, const char *key, double fallback)
{
    const json_t *value = value_of(session, key);
    return json_is_number(value) ? json_number_value(value) : fallback;
}

bool bocata_session_get_bool(const bocata_session *session, const char *key, bool fallback)
{
    const json_t *value = value_of(session, key);
    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

bocata_str bocata_session_get_str(const bocata_session *session, const char *key,
                                  const char *fallback)
{
    const json_t *value = value_of(session, key);
    if (!json_is_string(value))
        return bocata_str_of(fallback);
    return (bocata_str){json_string_value(value), json_string_length(value)};
}

const json_t *bocata_session_get(const bocata_session *session, const char *key)
{
    return value_of(session, key);
}

bool bocata_session_has(const bocata_session *session, const char *key)
{
    return value_of(session, key) != NULL;
}

size_t bocata_session_size(const bocata_session *session)
{
    return session ? json_object_size(session->values) : 0;
}

const char *bocata_session_next(const bocata_session *session, const char *key)
{
    if (!session)
        return NULL;
    void *at = key ? json_object_iter_at(session->values, key) : NULL;
    void *next =
        key ? json_object_iter_next(session->values, at) : json_object_iter(session->values);
    return json_object_iter_key(next);
}

size_t bocata_session_room(bocata_session *session)
{
    if (!session || !session->codec || session->is_saved)
        return 0;
    session->json_len_bound = BOCATA_JSON_LEN_UNKNOWN;
    if (bocata_session_check_fit(session) != BOCATA_OK ||
        session->json_len_bound == BOCATA_JSON_LEN_UNKNOWN) /* what JSON has no form for */
        return 0;
    return bocata_codec_json_len_max(session->codec, session->now_s) - session->json_len_bound;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bocata_status check_key(bocata_session *session, const char *key)
{
    bocata_status status = bocata_session_check_writable(session);
    if (status != BOCATA_OK)
        return status;
    if (!key)
        return bocata_session_fail(session, BOCATA_E_INVALID, NULL, "a value has NULL as its key");
    if (!bocata_str_is_utf8(bocata_str_of(key)))
        return bocata_session_fail(session, BOCATA_E_INVALID, key, "has a key that is not UTF-8");
    if (strcmp(key, BOCATA_RESERVED_KEY) == 0)
        return bocata_session_fail(session, BOCATA_E_INVALID, NULL,
                                   "the key \"_bocata\" is reserved");
    return BOCATA_OK;
}

/* At most how many bytes of JSON a key with this value takes. */
static size_t entry_len_bound(const char *key, const json_t *value)
{
    size_t around = 6 * strlen(key) + sizeof "\"\": , ";

    switch (json_typeof(value)) {
    case JSON_STRING:
        return around + 6 * json_string_length(value) + sizeof "\"\"";
    case JSON_OBJECT:
    case JSON_ARRAY:
        return BOCATA_JSON_LEN_UNKNOWN;
    default:
        return around + 32; /* the longest number is -1.7976931348623157e+308 */
    }
}

/* Puts `value`, whose reference it takes, under a good key, whether or not it fits. */
static bocata_status put_unmeasured(bocata_session *session, const char *key, json_t *value)
{
    if (!value)
        return bocata_session_fail_memory(session, key);
    json_t *old = json_object_get(session->values, key);
    if (old && json_equal(old, value)) {
        if (old == value && (json_is_object(value) || json_is_array(value)))
            session->is_changed = true; /* perhaps in place, before it was set */
        json_decref(value);
        return BOCATA_OK;
    }
    if (!session->values)
        session->values = json_object();
    if (old && !bocata_session_retire(session, old)) {
        json_decref(value);
        return bocata_session_fail_memory(session, key);
    }
    if (json_object_set_new_nocheck(session->values, key, value) != 0)
        return bocata_session_fail_memory(session, key);
    session->is_changed = true;
    session_grow(session, entry_len_bound(key, value));
    return BOCATA_OK;
}

static bocata_status put(bocata_session *session, const char *key, json_t *value)
{
    bocata_status status = put_unmeasured(session, key, value);
    return status == BOCATA_OK ? bocata_session_check_fit(session) : status;
}

bocata_status bocata_session_set_int(bocata_session *session, const char *key, json_int_t value)
{
    bocata_status status = check_key(session, key);
    return status == BOCATA_OK ? put(session, key, json_integer(value)) : status;
}

bocata_status bocata_session_set_real(bocata_session *session, const char *key, double value)
{
    bocata_status status = check_key(session, key);
    if (status != BOCATA_OK)
        return status;
    if (!isfinite(value))
        return bocata_session_fail(session, BOCATA_E_INVALID, key, "is not a finite number");
    return put(session, key, json_real(value));
}

bocata_status bocata_session_set_bool(bocata_session *session, const char *key, bool value)
{
    bocata_status status = check_key(session, key);
    return status == BOCATA_OK ? put(session, key, json_boolean(value)) : status;
}

bocata_status bocata_session_set_string(bocata_session *session, const char *key, const char *value)
{
    return bocata_session_set_str(session, key, bocata_str_of(value));
}

bocata_status bocata_session_set_str(bocata_session *session, const char *key, bocata_str value)
{
    bocata_status status = check_key(session, key);
    if (status != BOCATA_OK)
        return status;
    if (!value.ptr || !bocata_str_is_utf8(value))
        return bocata_session_fail(session, BOCATA_E_INVALID, key,
                                   value.ptr ? "is not UTF-8" : "is NULL");
    return put(session, key, json_stringn_nocheck(value.ptr, value.len));
}

bocata_status bocata_session_set(bocata_session *session, const char *key, json_t *value)
{
    bocata_status status = check_key(session, key);
    if (status != BOCATA_OK) {
        json_decref(value);
        return status;
    }
    return value ? put(session, key, value)
                 : bocata_session_fail(session, BOCATA_E_INVALID, key, "is NULL");
}

/* None of an object's members may be wrong. A key with a NUL would be another one. */
static bocata_status check_members(bocata_session *session, json_t *object)
{
    bocata_status status = BOCATA_OK;
    const char *key;
    size_t key_len;
    json_t *value;

    if (!json_is_object(object))
        return bocata_session_fail(session, BOCATA_E_INVALID, NULL,
                                   "what it was updated with is no object");
    json_object_keylen_foreach(object, key, key_len, value)
    {
        if (status == BOCATA_OK && strlen(key) != key_len)
            status = bocata_session_fail(session, BOCATA_E_INVALID, key, "has a NUL in its key");
        if (status == BOCATA_OK)
            status = check_key(session, key);
    }
    return status;
}

bocata_status bocata_session_update(bocata_session *session, json_t *object)
{
    bocata_status status = bocata_session_check_writable(session);
    const char *key;
    json_t *value;

    if (status == BOCATA_OK)
        status = check_members(session, object);
    json_object_foreach(object, key, value)
    {
        if (status == BOCATA_OK)
            status = put_unmeasured(session, key, json_incref(value));
    }
    if (status == BOCATA_OK)
        status = bocata_session_check_fit(session);
    json_decref(object);
    return status;
}

json_t *bocata_session_edit(bocata_session *session, const char *key)
{
    bool is_writable = bocata_session_check_writable(session) == BOCATA_OK;
    json_t *value = is_writable ? value_of(session, key) : NULL;

    if (value) {
        session->is_changed = true;
        session->json_len_bound = BOCATA_JSON_LEN_UNKNOWN;
    }
    return value;
}

const json_t *bocata_session_pop(bocata_session *session, const char *key)
{
    json_t *old = check_key(session, key) == BOCATA_OK ? value_of(session, key) : NULL;

    if (!old)
        return NULL;
    if (!bocata_session_retire(session, old)) {
        bocata_session_fail_memory(session, key);
        return NULL;
    }
    json_object_del(session->values, key);
    session->is_changed = true;
    return old;
}

bocata_status bocata_session_delete(bocata_session *session, const char *key)
{
    bocata_status status = check_key(session, key);

    if (status != BOCATA_OK || !bocata_session_has(session, key))
        return status;
    return bocata_session_pop(session, key) ? BOCATA_OK : BOCATA_E_NOMEM;
}

bocata_status bocata_session_clear(bocata_session *session)
{
    bocata_status status = bocata_session_check_writable(session);
    if (status != BOCATA_OK)
        return status;
    if (session->values && !bocata_session_retire(session, session->values)) /* keys stay too */
        return bocata_session_fail(session, BOCATA_E_NOMEM, NULL,
                                   "the session could not be cleared: out of memory");
    json_decref(session->values);
    json_decref(session->reserved);
    session->values = session->reserved = NULL;
    session->stamp = bocata_session_new_stamp(session);
    session->csrf_token = NULL;
    session->keeps_id = false;
    session->is_cleared = true;
    session->is_changed = true;
    session->json_len_bound = BOCATA_JSON_LEN_UNKNOWN;
    return BOCATA_OK;
}
