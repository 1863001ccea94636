/* Messages for the next page. */
#include "base/str.h"
#include "session/reserved.h"
#include "session/session.h"

static json_t *flashes_of(const bocata_session *session)
{
    return json_object_get(session->reserved, BOCATA_RESERVED_FLASH);
}

static bocata_str part_of(const json_t *flash, size_t index)
{
    const json_t *part = json_array_get(flash, index);
    return (bocata_str){json_string_value(part), json_string_length(part)};
}

size_t bocata_session_flash_count(const bocata_session *session)
{
    return json_array_size(flashes_of(session));
}

/* ---- leaving --------------------------------------------------------------------------------- */

static bool is_part(bocata_str part, size_t len_max)
{
    return part.ptr && part.len <= len_max && bocata_str_is_utf8(part);
}

/* The array, made where it is not there yet; NULL when out of memory. */
static json_t *make_flashes(bocata_session *session)
{
    json_t *flashes = flashes_of(session);

    if (flashes)
        return flashes;
    if (!session->reserved)
        session->reserved = json_object();
    flashes = json_array();
    if (json_object_set_new(session->reserved, BOCATA_RESERVED_FLASH, flashes) != 0)
        return NULL;
    return flashes;
}

static bocata_status fail_memory(bocata_session *session)
{
    return bocata_session_fail(session, BOCATA_E_NOMEM, NULL,
                               "a flash message does not fit in memory");
}

static bocata_status check_fit(bocata_session *session)
{
    session_grow(session, BOCATA_JSON_LEN_UNKNOWN);
    return bocata_session_check_fit(session);
}

/* The oldest give way, to the number, and where that helps to the size of what fits a cookie. */
static bocata_status make_room(bocata_session *session, json_t *flashes)
{
    while (json_array_size(flashes) > BOCATA_FLASHES_MAX)
        json_array_remove(flashes, 0);
    bocata_status status = check_fit(session);
    if (status != BOCATA_E_TOO_LARGE)
        return status;
    json_t *all = json_copy(flashes);
    if (!all)
        return fail_memory(session);
    while (status == BOCATA_E_TOO_LARGE && json_array_size(flashes) > 1) {
        json_array_remove(flashes, 0);
        status = check_fit(session);
    }
    if (status == BOCATA_E_TOO_LARGE) { /* it is something else that is too large */
        json_array_clear(flashes);
        if (json_array_extend(flashes, all) != 0)
            status = fail_memory(session);
    }
    json_decref(all);
    return status;
}

bocata_status bocata_session_flash(bocata_session *session, const char *category, const char *text)
{
    bocata_str parts[] = {bocata_str_of(category), bocata_str_of(text)};
    bocata_status status = bocata_session_check_writable(session);

    if (status != BOCATA_OK)
        return status;
    if (!is_part(parts[0], BOCATA_FLASH_CATEGORY_LEN_MAX) ||
        !is_part(parts[1], BOCATA_FLASH_LEN_MAX))
        return bocata_session_fail(session, BOCATA_E_INVALID, NULL,
                                   "a flash message is NULL, not UTF-8, or longer than 512 bytes "
                                   "(its category: 32)");
    json_t *flashes = make_flashes(session);
    json_t *flash = json_array();
    if (!flashes || json_array_append_new(flash, json_string(category)) != 0 ||
        json_array_append_new(flash, json_string(text)) != 0 ||
        json_array_append(flashes, flash) != 0) {
        json_decref(flash);
        return fail_memory(session);
    }
    json_decref(flash);
    session->is_changed = true;
    return make_room(session, flashes);
}

/* ---- taking ---------------------------------------------------------------------------------- */

bool bocata_session_pop_flash(bocata_session *session, const char *category,
                              bocata_flash *ret_flash)
{
    bool is_writable = bocata_session_check_writable(session) == BOCATA_OK;
    json_t *flashes = is_writable ? flashes_of(session) : NULL;

    for (size_t i = 0; i < json_array_size(flashes); i++) {
        json_t *flash = json_array_get(flashes, i);
        bocata_flash found = {.category = part_of(flash, 0), .text = part_of(flash, 1)};
        if (category && !bocata_str_is(found.category, category))
            continue;
        if (!bocata_session_retire(session, flash)) {
            fail_memory(session);
            return false;
        }
        json_array_remove(flashes, i);
        if (json_array_size(flashes) == 0)
            json_object_del(session->reserved, BOCATA_RESERVED_FLASH);
        session->is_changed = true;
        *ret_flash = found;
        return true;
    }
    return false;
}
