#include "suite.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include <bocata/secret.h>

#include "base/str.h"
#include "crypto/secret.h"

static void holds_a_copy_with_a_nul_behind(void **state)
{
    char bytes[] = "a\0b";
    (void)state;
    bocata_secret *secret = bocata_secret_new(bytes, 3);
    assert_non_null(secret);
    memset(bytes, 'x', sizeof bytes);
    assert_int_equal(bocata_secret_len(secret), 3);
    assert_true(str_equal(bocata_secret_reveal(secret), STR("a\0b")));
    assert_int_equal(bocata_secret_reveal(secret).ptr[3], '\0');
    bocata_secret_free(secret);
}

static void an_empty_one_is_legal(void **state)
{
    (void)state;
    bocata_secret *secret = bocata_secret_new(NULL, 0);
    assert_non_null(secret);
    assert_int_equal(bocata_secret_len(secret), 0);
    assert_string_equal(bocata_secret_reveal(secret).ptr, "");
    bocata_secret_free(secret);
}

static void larger_than_a_page(void **state)
{
    static char bytes[10000];
    (void)state;
    memset(bytes, 'k', sizeof bytes);
    bocata_secret *secret = bocata_secret_new(bytes, sizeof bytes);
    assert_non_null(secret);
    assert_true(str_equal(bocata_secret_reveal(secret), (bocata_str){bytes, sizeof bytes}));
    bocata_secret_free(secret);
}

static void a_length_that_cannot_be(void **state)
{
    char *bytes;
    (void)state;
    assert_null(bocata_secret_new_zeroed(SIZE_MAX - 10, &bytes));
    assert_null(bocata_secret_new_zeroed(SIZE_MAX / 2, &bytes));
}

static void null_is_an_absent_one(void **state)
{
    (void)state;
    bocata_secret_free(NULL);
    assert_int_equal(bocata_secret_len(NULL), 0);
    assert_null(bocata_secret_reveal(NULL).ptr);
    assert_false(bocata_secret_is_locked(NULL));
}

static void prints_as_stars(void **state)
{
    (void)state;
    bocata_secret *secret = bocata_secret_new("1234", 4);
    assert_string_equal(bocata_secret_text(secret), "Secret('**********')");
    bocata_secret_free(secret);
}

/* The flags that the kernel shows of the pages of `at`: "lo" locked, "dd" not dumped. */
static bool page_has_flag(const void *at, const char *flag)
{
    FILE *smaps = fopen("/proc/self/smaps", "re");
    char line[512];
    bool is_ours = false, has_flag = false;

    assert_non_null(smaps);
    while (fgets(line, sizeof line, smaps)) {
        unsigned long start, end;
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
            is_ours = (uintptr_t)at >= start && (uintptr_t)at < end;
        else if (is_ours && strncmp(line, "VmFlags:", 8) == 0)
            has_flag = strstr(line, flag) != NULL;
    }
    fclose(smaps);
    return has_flag;
}

/* Sanitizers answer mlock themselves, and some sandboxes show no flags: nothing can be seen there.
 */
static bool locks_can_be_seen(void)
{
    void *page = mmap(NULL, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(page, MAP_FAILED);
    bool can_be_seen = mlock(page, 1) == 0 && page_has_flag(page, " lo");
    munmap(page, 1);
    return can_be_seen;
}

static void is_locked_and_left_out_of_dumps(void **state)
{
    (void)state;
    bocata_secret *secret = bocata_secret_new("1234", 4);
    if (page_has_flag(secret, " rd "))
        assert_true(page_has_flag(secret, " dd"));
    if (locks_can_be_seen()) {
        assert_true(bocata_secret_is_locked(secret));
        assert_true(page_has_flag(secret, " lo"));
    }
    bocata_secret_free(secret);
}

/* Root may lock past every limit: takes that right away, and gives it back. */
static void set_may_lock(bool may)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    static __u32 effective;

    assert_int_equal(syscall(SYS_capget, &header, data), 0);
    if (!may)
        effective = data[0].effective;
    data[0].effective = may ? effective : effective & ~(1u << CAP_IPC_LOCK);
    assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

static void says_when_it_is_not_locked(void **state)
{
    struct rlimit limit, none;
    (void)state;

    assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
    bool can_be_seen = locks_can_be_seen();
    set_may_lock(false);
    assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &none), 0);
    bocata_secret *secret = bocata_secret_new("1234", 4);
    assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
    set_may_lock(true);
    assert_non_null(secret);
    if (can_be_seen)
        assert_false(bocata_secret_is_locked(secret));
    assert_true(str_equal(bocata_secret_reveal(secret), STR("1234")));
    bocata_secret_free(secret);
}

int main(void)
{
    static suite group;
    SUITE_TEST(&group, holds_a_copy_with_a_nul_behind);
    SUITE_TEST(&group, an_empty_one_is_legal);
    SUITE_TEST(&group, larger_than_a_page);
    SUITE_TEST(&group, a_length_that_cannot_be);
    SUITE_TEST(&group, null_is_an_absent_one);
    SUITE_TEST(&group, prints_as_stars);
    SUITE_TEST(&group, is_locked_and_left_out_of_dumps);
    SUITE_TEST(&group, says_when_it_is_not_locked);
    return suite_run(&group, "secret");
}
