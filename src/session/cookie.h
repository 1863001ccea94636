/* Finding our cookies in what a browser sent (RFC 6265bis 5.8.3, read as servers do). */
#ifndef BOCATA_SESSION_COOKIE_H
#define BOCATA_SESSION_COOKIE_H

#include <stdbool.h>
#include <stddef.h>

#include <bocata/str.h>

#define BOCATA_COOKIE_VALUES_MAX 8 /* distinct values of one name that are looked at */

/* The distinct values of one name, in the order they were sent. */
typedef struct bocata_cookie_values {
    bocata_str values[BOCATA_COOKIE_VALUES_MAX]; /* raw: quotes stay; they point into the headers */
    size_t count;
    bool has_more; /* there were others, which are not here */
} bocata_cookie_values;

/* Looks through `count` values of Cookie headers, in time linear in their length. */
void bocata_cookie_find_all(const bocata_str *headers, size_t count, bocata_str name,
                            bocata_cookie_values *ret_found);

#endif
