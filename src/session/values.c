#include <math.h>

#include "base/str.h"
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

/* ---- writing --------------------------------------------------------------------------------- */

/* Notes the first failure for the save. */
static bocata_status fail(bocata_session *session, bocata_status status)
{
    if (session && session->failed == BOCATA_OK)
        session->failed = status;
    return status;
}

static bool key_is_good(const bocata_session *session, const char *key)
{
    return session && key && bocata_str_is_utf8(bocata_str_of(key));
}

/* Keeps alive what getters may have lent out. */
static bool retire(bocata_session *session, json_t *value)
{
    if (!session->retired)
        session->retired = json_array();
    return json_array_append(session->retired, value) == 0;
}

/* Puts `value`, whose reference it takes, under a good key. */
static bocata_status put(bocata_session *session, const char *key, json_t *value)
{
    if (!value)
        return fail(session, BOCATA_E_NOMEM);
    json_t *old = json_object_get(session->values, key);
    if (old && json_equal(old, value)) {
        if (old == value && (json_is_object(value) || json_is_array(value)))
            session->is_changed = true; /* perhaps in place, before it was set */
        json_decref(value);
        return BOCATA_OK;
    }
    if (!session->values)
        session->values = json_object();
    if (old && !retire(session, old)) {
        json_decref(value);
        return fail(session, BOCATA_E_NOMEM);
    }
    if (json_object_set_new_nocheck(session->values, key, value) != 0)
        return fail(session, BOCATA_E_NOMEM);
    session->is_changed = true;
    return BOCATA_OK;
}

bocata_status bocata_session_set_int(bocata_session *session, const char *key, json_int_t value)
{
    if (!key_is_good(session, key))
        return fail(session, BOCATA_E_INVALID);
    return put(session, key, json_integer(value));
}

bocata_status bocata_session_set_real(bocata_session *session, const char *key, double value)
{
    if (!key_is_good(session, key) || !isfinite(value))
        return fail(session, BOCATA_E_INVALID);
    return put(session, key, json_real(value));
}

bocata_status bocata_session_set_bool(bocata_session *session, const char *key, bool value)
{
    if (!key_is_good(session, key))
        return fail(session, BOCATA_E_INVALID);
    return put(session, key, json_boolean(value));
}

bocata_status bocata_session_set_string(bocata_session *session, const char *key, const char *value)
{
    return bocata_session_set_str(session, key, bocata_str_of(value));
}

bocata_status bocata_session_set_str(bocata_session *session, const char *key, bocata_str value)
{
    if (!key_is_good(session, key) || !value.ptr || !bocata_str_is_utf8(value))
        return fail(session, BOCATA_E_INVALID);
    return put(session, key, json_stringn_nocheck(value.ptr, value.len));
}

bocata_status bocata_session_set(bocata_session *session, const char *key, json_t *value)
{
    if (!key_is_good(session, key) || !value) {
        json_decref(value);
        return fail(session, BOCATA_E_INVALID);
    }
    return put(session, key, value);
}

json_t *bocata_session_edit(bocata_session *session, const char *key)
{
    json_t *value = value_of(session, key);
    if (value)
        session->is_changed = true;
    return value;
}

bocata_status bocata_session_delete(bocata_session *session, const char *key)
{
    if (!key_is_good(session, key))
        return fail(session, BOCATA_E_INVALID);
    json_t *old = json_object_get(session->values, key);
    if (!old)
        return BOCATA_OK;
    if (!retire(session, old))
        return fail(session, BOCATA_E_NOMEM);
    json_object_del(session->values, key);
    session->is_changed = true;
    return BOCATA_OK;
}

bocata_status bocata_session_clear(bocata_session *session)
{
    if (!session)
        return BOCATA_E_INVALID;
    if (session->values && !retire(session, session->values)) /* keys stay alive too */
        return fail(session, BOCATA_E_NOMEM);
    json_decref(session->values);
    session->values = NULL;
    session->is_changed = true;
    return BOCATA_OK;
}
