#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

/* A folder of its own; the file, FIFO or link in it is always "it". */
typedef struct place {
    char folder[64], path[80];
} place;

static int set_up(void **state)
{
    static place here;
    snprintf(here.folder, sizeof here.folder, "/tmp/bocata-file-XXXXXX");
    if (!mkdtemp(here.folder))
        return -1;
    snprintf(here.path, sizeof here.path, "%s/it", here.folder);
    *state = &here;
    return 0;
}

static int tear_down(void **state)
{
    place *here = *state;
    unlink(here->path);
    return rmdir(here->folder);
}

static void write_file(const place *here, size_t len)
{
    FILE *file = fopen(here->path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < len; i++)
        fputc((int)(i % 256), file);
    assert_int_equal(fclose(file), 0);
}

static void all_of_it_up_to_the_limit(void **state)
{
    static const struct {
        const char *intent;
        size_t file_len, cap;
        bocata_status status;
    } table[] = {
        {"an empty file", 0, 10, BOCATA_OK},
        {"an empty file into no room", 0, 0, BOCATA_OK},
        {"a byte into no room", 1, 0, BOCATA_E_LIMIT},
        {"smaller than the limit", 9, 10, BOCATA_OK},
        {"exactly the limit", 10, 10, BOCATA_OK},
        {"a byte over it", 11, 10, BOCATA_E_LIMIT},
        {"more than one read gives", 300000, 300000, BOCATA_OK},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        unsigned char *bytes = malloc(table[i].cap + 1); /* + 1: malloc(0) may be NULL */
        size_t len = 12345;
        assert_non_null(bytes);
        bytes[table[i].cap] = 0x55;
        write_file(*state, table[i].file_len);
        bocata_status status =
            bocata_file_read(((place *)*state)->path, (char *)bytes, table[i].cap, &len);
        if (status != table[i].status)
            fail_msg("%s: %d", table[i].intent, status);
        if (len != (status == BOCATA_OK ? table[i].file_len : 12345))
            fail_msg("%s: length %zu", table[i].intent, len);
        assert_int_equal(bytes[table[i].cap], 0x55);
        for (size_t at = 0; status == BOCATA_OK && at < len; at++)
            assert_int_equal(bytes[at], at % 256);
        free(bytes);
    }
}

static int refusal(const char *path)
{
    char bytes[10];
    size_t len;
    errno = 0;
    assert_int_equal(bocata_file_read(path, bytes, sizeof bytes, &len), BOCATA_E_IO);
    return errno;
}

static void what_is_no_file_is_refused_with_its_reason(void **state)
{
    place *here = *state;

    assert_int_equal(refusal(here->path), ENOENT);
    assert_int_equal(refusal(here->folder), EISDIR);
    assert_int_equal(refusal("/dev/null"), EINVAL);
    assert_int_equal(refusal(""), ENOENT);

    assert_int_equal(mkfifo(here->path, 0600), 0); /* nobody writes: opening it must not wait */
    assert_int_equal(refusal(here->path), EINVAL);
    unlink(here->path);

    assert_int_equal(symlink("it", here->path), 0);
    assert_int_equal(refusal(here->path), ELOOP);
}

static void an_unreadable_file_is_refused(void **state)
{
    place *here = *state;

    if (geteuid() == 0) /* root reads it all the same; a file as a folder fails for everyone */
        assert_int_equal(refusal("/dev/null/it"), ENOTDIR);
    write_file(here, 1);
    assert_int_equal(chmod(here->path, 0), 0);
    if (geteuid() != 0)
        assert_int_equal(refusal(here->path), EACCES);
}

static void no_descriptor_is_left_open(void **state)
{
    place *here = *state;
    char bytes[10];
    size_t len;

    write_file(here, 5);
    int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(before);
    assert_int_equal(bocata_file_read(here->path, bytes, sizeof bytes, &len), BOCATA_OK);
    assert_int_equal(bocata_file_read(here->path, bytes, 1, &len), BOCATA_E_LIMIT);
    assert_int_equal(refusal(here->folder), EISDIR);
    int after = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(after);
    assert_int_equal(after, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_of_it_up_to_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_refused_with_its_reason, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_unreadable_file_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_descriptor_is_left_open, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
