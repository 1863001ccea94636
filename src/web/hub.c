#include "web/hub.h"

#include <search.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "web/app.h"
#include "web/log.h"
#include "web/websocket.h"

#define WAIT_MAX_MS 60000 /* until the clock is looked at again, which may have been set */

struct bocata_group {
    bocata_str key;
    void **tree; /* of the hub, that it is in */
    bocata_membership *members;
    size_t count;
    char key_bytes[];
};

/* One socket in one group. */
struct bocata_membership {
    bocata_websocket *ws;
    bocata_group *group;
    bocata_membership *prev, *next; /* in the group */
    bocata_membership *next_of_socket;
};

void bocata_hub_init(bocata_hub *hub)
{
    *hub = (bocata_hub){.due_s = BOCATA_HUB_NEVER};
}

void bocata_hub_done(bocata_hub *hub)
{
    bocata_timers_done(&hub->timers);
}

/* ---- groups ---------------------------------------------------------------------------------- */

static int compare(const void *a_group, const void *b_group)
{
    bocata_str a = ((const bocata_group *)a_group)->key, b = ((const bocata_group *)b_group)->key;
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0; /* a NULL name has no bytes */

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static bocata_group *find_group(void *const *tree, bocata_str key)
{
    const bocata_group wanted = {.key = key};
    bocata_group **found = tfind(&wanted, tree, compare);

    return found ? *found : NULL;
}

static bocata_group *add_group(void **tree, bocata_str key)
{
    bocata_group *group = malloc(sizeof *group + key.len);

    if (!group)
        return NULL;
    *group = (bocata_group){.key = {group->key_bytes, key.len}, .tree = tree};
    memcpy(group->key_bytes, key.ptr, key.len);
    if (!tsearch(group, tree, compare)) {
        free(group);
        return NULL;
    }
    return group;
}

static void free_if_empty(bocata_group *group)
{
    if (group->members)
        return;
    tdelete(group, group->tree, compare);
    free(group);
}

static bocata_status join(bocata_websocket *ws, void **tree, bocata_str key)
{
    bocata_membership *membership = malloc(sizeof *membership);
    bocata_group *group = find_group(tree, key);

    if (!group)
        group = add_group(tree, key);
    if (!membership || !group) {
        free(membership);
        if (group)
            free_if_empty(group);
        return BOCATA_E_NOMEM;
    }
    *membership = (bocata_membership){
        .ws = ws,
        .group = group,
        .next = group->members,
        .next_of_socket = ws->entry.memberships,
    };
    if (membership->next)
        membership->next->prev = membership;
    group->members = membership;
    group->count++;
    ws->entry.memberships = membership;
    return BOCATA_OK;
}

/* `link` is what points to it in the socket's list. */
static void leave(bocata_membership **link)
{
    bocata_membership *membership = *link;
    bocata_group *group = membership->group;

    *link = membership->next_of_socket;
    if (membership->prev)
        membership->prev->next = membership->next;
    else
        group->members = membership->next;
    if (membership->next)
        membership->next->prev = membership->prev;
    group->count--;
    free(membership);
    free_if_empty(group);
}

/* What points to the socket's membership in this group of the application's; to NULL for none. */
static bocata_membership **find_membership(bocata_websocket *ws, bocata_str name)
{
    bocata_membership **link = &ws->entry.memberships;

    while (*link && ((*link)->group->tree != &ws->entry.hub->groups ||
                     !str_equal((*link)->group->key, name)))
        link = &(*link)->next_of_socket;
    return link;
}

bocata_status bocata_websocket_join(bocata_websocket *ws, const char *group)
{
    bocata_str name = bocata_str_of(group);

    if (!ws || !ws->entry.hub || name.len == 0)
        return BOCATA_E_INVALID;
    if (*find_membership(ws, name))
        return BOCATA_OK;
    if (name.len > BOCATA_GROUP_NAME_LEN_MAX || ws->entry.group_count == BOCATA_GROUPS_MAX)
        return BOCATA_E_LIMIT;
    bocata_status status = join(ws, &ws->entry.hub->groups, name);
    if (status == BOCATA_OK)
        ws->entry.group_count++;
    return status;
}

void bocata_websocket_leave(bocata_websocket *ws, const char *group)
{
    if (!ws || !ws->entry.hub)
        return;
    bocata_membership **link = find_membership(ws, bocata_str_of(group));
    if (!*link)
        return;
    leave(link);
    ws->entry.group_count--;
}

size_t bocata_app_group_size(const bocata_app *app, const char *name)
{
    const bocata_group *group = app ? find_group(&app->hub->groups, bocata_str_of(name)) : NULL;
    return group ? group->count : 0;
}

bocata_status bocata_hub_refuse_message(const bocata_app *app, bocata_status status,
                                        const char *why)
{
    if (!app->hub->has_refused)
        bocata_app_log(app, BOCATA_LOG_ERROR,
                       "A WebSocket's message was not sent: %s. (This is told once.)", why);
    app->hub->has_refused = true;
    return status;
}

static bocata_status broadcast(const bocata_app *app, const char *name, bocata_opcode opcode,
                               bocata_str payload)
{
    const bocata_group *group = app ? find_group(&app->hub->groups, bocata_str_of(name)) : NULL;
    bocata_membership *next;

    if (!app)
        return BOCATA_E_INVALID;
    if (opcode == BOCATA_OPCODE_TEXT && !bocata_str_is_utf8(payload))
        return bocata_hub_refuse_message(app, BOCATA_E_INVALID, "its text is not UTF-8");
    if (!group)
        return BOCATA_OK;
    bocata_outgoing *message = bocata_outgoing_new(opcode, false, payload);
    if (!message)
        return BOCATA_E_NOMEM;
    for (bocata_membership *member = group->members; member; member = next) {
        next = member->next; /* one that cannot take it leaves, and with the last its group ends */
        bocata_websocket_send_shared(member->ws, message);
    }
    bocata_outgoing_unref(message);
    return BOCATA_OK;
}

bocata_status bocata_app_broadcast_text(const bocata_app *app, const char *group, const char *text)
{
    return broadcast(app, group, BOCATA_OPCODE_TEXT, bocata_str_of(text));
}

bocata_status bocata_app_broadcast_str(const bocata_app *app, const char *group, bocata_str text)
{
    return broadcast(app, group, BOCATA_OPCODE_TEXT, text);
}

bocata_status bocata_app_broadcast_binary(const bocata_app *app, const char *group,
                                          const void *bytes, size_t len)
{
    return broadcast(app, group, BOCATA_OPCODE_BINARY, (bocata_str){bytes, len});
}

bocata_status bocata_app_broadcast_json(const bocata_app *app, const char *group, json_t *json)
{
    bocata_buf text = {0};
    bocata_status status = bocata_json_write(&text, SIZE_MAX, json, BOCATA_JSON_COMPACT);

    json_decref(json);
    if (status == BOCATA_OK)
        status = broadcast(app, group, BOCATA_OPCODE_TEXT, buf_str(&text));
    else if (app && status != BOCATA_E_NOMEM)
        bocata_hub_refuse_message(app, status, BOCATA_NO_JSON);
    bocata_buf_free(&text);
    return status;
}

/* ---- sockets --------------------------------------------------------------------------------- */

/* When it wants to be looked at next. */
static int64_t due_of(const bocata_websocket *ws)
{
    int64_t lead_s = ws->endpoint->handlers.expiring_lead_s;

    if (ws->entry.deadline_s == BOCATA_HUB_NEVER || ws->entry.is_told)
        return ws->entry.deadline_s;
    return ws->entry.deadline_s > lead_s ? ws->entry.deadline_s - lead_s : 0;
}

static void note_due(bocata_hub *hub, const bocata_websocket *ws)
{
    if (due_of(ws) < hub->due_s)
        hub->due_s = due_of(ws);
}

static void set_deadline(bocata_websocket *ws, int64_t deadline_s)
{
    if (deadline_s != ws->entry.deadline_s)
        ws->entry.is_told = !ws->endpoint->handlers.on_session_expiring;
    ws->entry.deadline_s = deadline_s;
    note_due(ws->entry.hub, ws);
}

bocata_status bocata_hub_add(bocata_hub *hub, bocata_websocket *ws)
{
    const bocata_session *session = bocata_websocket_session(ws);
    bocata_str id = bocata_session_id(session);

    if (id.len > 0 && join(ws, &hub->sessions, id) != BOCATA_OK)
        return BOCATA_E_NOMEM;
    ws->entry.hub = hub;
    ws->entry.next = hub->sockets;
    if (ws->entry.next)
        ws->entry.next->entry.prev = ws;
    hub->sockets = ws;
    set_deadline(ws, bocata_session_deadline(session));
    return BOCATA_OK;
}

void bocata_hub_remove(bocata_websocket *ws)
{
    bocata_hub_entry *entry = &ws->entry;

    if (!entry->hub)
        return;
    if (entry->hub->cursor == ws)
        entry->hub->cursor = entry->next;
    while (entry->memberships)
        leave(&entry->memberships);
    if (entry->prev)
        entry->prev->entry.next = entry->next;
    else
        entry->hub->sockets = entry->next;
    if (entry->next)
        entry->next->entry.prev = entry->prev;
    *entry = (bocata_hub_entry){0};
}

/* ---- the ends of sessions -------------------------------------------------------------------- */

void bocata_hub_session_saved(bocata_hub *hub, const bocata_session *session)
{
    bocata_str before = bocata_session_loaded_id(session), now = bocata_session_id(session);
    const bocata_group *group;

    if (before.len > 0 && !str_equal(before, now)) {
        while ((group = find_group(&hub->sessions, before))) /* which ends with its last member */
            bocata_websocket_close(group->members->ws, BOCATA_CLOSE_POLICY_VIOLATION, "logged out");
        return;
    }
    group = now.len > 0 ? find_group(&hub->sessions, now) : NULL;
    if (!group)
        return;
    for (bocata_membership *member = group->members; member; member = member->next)
        set_deadline(member->ws, bocata_session_deadline(session));
}

void bocata_hub_session_seen(bocata_hub *hub, const bocata_session *session)
{
    bocata_str id = bocata_session_loaded_id(session);
    const bocata_group *group = id.len > 0 ? find_group(&hub->sessions, id) : NULL;

    if (!group) /* most requests */
        return;
    int64_t deadline_s = bocata_session_deadline(session);
    for (bocata_membership *member = group->members; member; member = member->next)
        if (deadline_s > member->ws->entry.deadline_s)
            set_deadline(member->ws, deadline_s);
}

/* Handlers may close any socket: the next one is kept where bocata_hub_remove sees it. */
static void look_at_sessions(bocata_hub *hub, int64_t now_s)
{
    bocata_websocket *ws;

    hub->due_s = BOCATA_HUB_NEVER;
    for (hub->cursor = hub->sockets; (ws = hub->cursor);) {
        hub->cursor = ws->entry.next;
        int64_t left_s = ws->entry.deadline_s - now_s; /* neither is negative */
        if (left_s <= 0) {
            bocata_websocket_close(ws, BOCATA_CLOSE_POLICY_VIOLATION, "session expired");
            continue;
        }
        bool is_expiring = !ws->entry.is_told && due_of(ws) <= now_s;
        ws->entry.is_told = ws->entry.is_told || is_expiring;
        note_due(hub, ws);
        if (is_expiring)
            ws->endpoint->handlers.on_session_expiring(ws, left_s);
    }
}

void bocata_hub_run(bocata_hub *hub, int64_t now_s)
{
    bocata_timers_run(&hub->timers);
    if (now_s >= hub->due_s)
        look_at_sessions(hub, now_s);
}

uint64_t bocata_hub_wait_ms(const bocata_hub *hub, int64_t now_ms)
{
    uint64_t wait_ms = bocata_timers_wait_ms(&hub->timers), session_ms = WAIT_MAX_MS;

    if (hub->due_s == BOCATA_HUB_NEVER)
        return wait_ms;
    if (hub->due_s <= now_ms / 1000)
        session_ms = 0;
    else if (hub->due_s - now_ms / 1000 <= WAIT_MAX_MS / 1000)
        session_ms = (uint64_t)(hub->due_s * 1000 - now_ms);
    return session_ms < wait_ms ? session_ms : wait_ms;
}
