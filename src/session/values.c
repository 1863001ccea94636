#include <math.h>
#include <stdio.h>

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

/* Notes the first failure for the save. `why` goes on from "the value of KEY …". */
static bocata_status fail(bocata_session *session, bocata_status status, const char *key,
                          const char *why)
{
    char shown[BOCATA_SHOWN_KEY_LEN];

    if (!session || session->failed != BOCATA_OK)
        return status;
    session->failed = status;
    bocata_key_show(key, shown);
    snprintf(session->failed_detail, sizeof session->failed_detail, "the value of \"%s\" %s", shown,
             why);
    return status;
}

static bocata_status fail_memory(bocata_session *session, const char *key)
{
    return fail(session, BOCATA_E_NOMEM, key, "does not fit in memory");
}

static bocata_status check_key(bocata_session *session, const char *key)
{
    if (!key)
        return fail(session, BOCATA_E_INVALID, "", "has NULL as its key");
    if (!bocata_str_is_utf8(bocata_str_of(key)))
        return fail(session, BOCATA_E_INVALID, key, "has a key that is not UTF-8");
    return session ? BOCATA_OK : BOCATA_E_INVALID;
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
        return fail_memory(session, key);
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
        return fail_memory(session, key);
    }
    if (json_object_set_new_nocheck(session->values, key, value) != 0)
        return fail_memory(session, key);
    session->is_changed = true;
    return BOCATA_OK;
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
        return fail(session, BOCATA_E_INVALID, key, "is not a finite number");
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
        return fail(session, BOCATA_E_INVALID, key, value.ptr ? "is not UTF-8" : "is NULL");
    return put(session, key, json_stringn_nocheck(value.ptr, value.len));
}

bocata_status bocata_session_set(bocata_session *session, const char *key, json_t *value)
{
    bocata_status status = check_key(session, key);
    if (status != BOCATA_OK) {
        json_decref(value);
        return status;
    }
    return value ? put(session, key, value) : fail(session, BOCATA_E_INVALID, key, "is NULL");
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
    bocata_status status = check_key(session, key);
    if (status != BOCATA_OK)
        return status;
    json_t *old = json_object_get(session->values, key);
    if (!old)
        return BOCATA_OK;
    if (!retire(session, old))
        return fail_memory(session, key);
    json_object_del(session->values, key);
    session->is_changed = true;
    return BOCATA_OK;
}

bocata_status bocata_session_clear(bocata_session *session)
{
    if (!session)
        return BOCATA_E_INVALID;
    if (session->values && !retire(session, session->values)) /* keys stay alive too */
        return fail_memory(session, "");
    json_decref(session->values);
    session->values = NULL;
    session->is_changed = true;
    return BOCATA_OK;
}
