#include "session/reserved.h"

#include <bocata/session.h>

#include "crypto/base64.h"

#define ID "id"
#define CREATED "created"
#define MAX_AGE "max_age"
#define ID_TEXT_LEN 22 /* base64url of 16 bytes */

/* ---- reading --------------------------------------------------------------------------------- */

static bool read_id(const json_t *id, bocata_stamp *stamp)
{
    bocata_str text = {json_string_value(id), json_string_length(id)};
    size_t len;

    if (!id)
        return true;
    stamp->has_id = bocata_base64_decode(BOCATA_BASE64_URL, text, stamp->id, sizeof stamp->id,
                                         &len) == BOCATA_OK &&
                    len == sizeof stamp->id;
    return stamp->has_id;
}

static bool read_created(const json_t *created, bocata_stamp *stamp)
{
    if (!created)
        return true;
    stamp->created_s = json_integer_value(created);
    return json_is_integer(created) && stamp->created_s >= 0;
}

static bool read_max_age(const json_t *max_age, bocata_stamp *stamp)
{
    if (!max_age)
        return true;
    if (json_is_null(max_age)) {
        stamp->max_age_s = BOCATA_MAX_AGE_NONE;
        return true;
    }
    stamp->max_age_s = json_integer_value(max_age); /* 0 for another type */
    return stamp->max_age_s > 0 && stamp->max_age_s <= BOCATA_MAX_AGE_MAX_S;
}

static bool flashes_are_good(const json_t *flashes)
{
    if (!flashes)
        return true;
    for (size_t i = 0; i < json_array_size(flashes); i++) {
        const json_t *flash = json_array_get(flashes, i);
        if (json_array_size(flash) != 2 || !json_is_string(json_array_get(flash, 0)) ||
            !json_is_string(json_array_get(flash, 1)))
            return false;
    }
    return json_array_size(flashes) > 0; /* 0 for another type */
}

static bool read_stamp(json_t *reserved, bocata_stamp *stamp)
{
    if (!read_id(json_object_get(reserved, ID), stamp) ||
        !read_created(json_object_get(reserved, CREATED), stamp) ||
        !read_max_age(json_object_get(reserved, MAX_AGE), stamp))
        return false;
    json_object_del(reserved, ID);
    json_object_del(reserved, CREATED);
    json_object_del(reserved, MAX_AGE);
    return true;
}

static void drop_if_empty(json_t **reserved)
{
    if (json_object_size(*reserved) > 0)
        return;
    json_decref(*reserved);
    *reserved = NULL;
}

bool bocata_reserved_read(json_t **reserved, bocata_stamp *stamp)
{
    if (!*reserved)
        return true;
    if (!json_is_object(*reserved) ||
        !flashes_are_good(json_object_get(*reserved, BOCATA_RESERVED_FLASH)) ||
        (stamp && !read_stamp(*reserved, stamp)))
        return false;
    drop_if_empty(reserved);
    return true;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Takes the value's reference; a NULL one, where `has_value`, is memory that was not there. */
static bool write_member(json_t *reserved, const char *name, bool has_value, json_t *value)
{
    if (has_value)
        return json_object_set_new_nocheck(reserved, name, value) == 0;
    json_object_del(reserved, name);
    return true;
}

static bool write_stamp(json_t *reserved, const bocata_stamp *stamp)
{
    bool has_created = stamp->created_s != BOCATA_CREATED_UNKNOWN;
    bool has_max_age = stamp->max_age_s != 0;
    char id[ID_TEXT_LEN];

    bocata_base64_encode(BOCATA_BASE64_URL, stamp->id, sizeof stamp->id, id);
    return write_member(reserved, ID, stamp->has_id,
                        stamp->has_id ? json_stringn_nocheck(id, sizeof id) : NULL) &&
           write_member(reserved, CREATED, has_created,
                        has_created ? json_integer(stamp->created_s) : NULL) &&
           write_member(reserved, MAX_AGE, has_max_age,
                        !has_max_age                              ? NULL
                        : stamp->max_age_s == BOCATA_MAX_AGE_NONE ? json_null()
                                                                  : json_integer(stamp->max_age_s));
}

static bool is_plain(const bocata_stamp *stamp)
{
    return !stamp->has_id && stamp->created_s == BOCATA_CREATED_UNKNOWN && stamp->max_age_s == 0;
}

bocata_status bocata_reserved_write(json_t **reserved, const bocata_stamp *stamp)
{
    if (!*reserved && (!stamp || is_plain(stamp)))
        return BOCATA_OK;
    if (!*reserved)
        *reserved = json_object();
    if (!*reserved || (stamp && !write_stamp(*reserved, stamp)))
        return BOCATA_E_NOMEM;
    drop_if_empty(reserved);
    return BOCATA_OK;
}
