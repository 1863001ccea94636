/* A program for another language: reads one JSON object a line from standard input, answers with
 * one a line. */
#ifndef TEST_LINES_H
#define TEST_LINES_H

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

/* `answer_to` returns a new reference. */
static inline int lines_serve(json_t *(*answer_to)(const json_t *request))
{
    char *line = NULL;
    size_t cap = 0;

    while (getline(&line, &cap, stdin) > 0) {
        json_t *request = json_loads(line, JSON_ALLOW_NUL, NULL);
        json_t *answer = answer_to(request);
        json_dumpf(answer, stdout, JSON_ENSURE_ASCII | JSON_COMPACT);
        putchar('\n');
        fflush(stdout);
        json_decref(answer);
        json_decref(request);
    }
    free(line);
    return 0;
}

#endif
