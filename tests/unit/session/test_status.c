#include "suite.h"

#include <stdbool.h>
#include <string.h>

#include <bocata/session.h>
#include <bocata/status.h>

static struct row {
    const char *intent;
    bocata_status status;
    const char *name;
} rows[] = {
    {"zero", BOCATA_OK, "BOCATA_OK"},
    {"the first that fails", BOCATA_E_NOMEM, "BOCATA_E_NOMEM"},
    {"one in the middle", BOCATA_E_EXPIRED, "BOCATA_E_EXPIRED"},
    {"the last", BOCATA_E_TOO_LATE, "BOCATA_E_TOO_LATE"},
    {"one past the last", (bocata_status)(BOCATA_E_TOO_LATE + 1), "BOCATA_E_UNKNOWN"},
    {"a negative number", (bocata_status)-1, "BOCATA_E_UNKNOWN"},
};

static void test_row(void **state)
{
    struct row *row = *state;
    assert_string_equal(bocata_status_name(row->status), row->name);
    assert_true(strlen(bocata_status_text(row->status)) > 0);
}

static void texts_belong_to_their_codes(void **state)
{
    (void)state;
    assert_string_equal(bocata_status_text(BOCATA_OK), "success");
    assert_string_equal(bocata_status_text(BOCATA_E_CRYPTO), "libcrypto refused an operation");
}

static void reasons_have_names_and_sentences(void **state)
{
    (void)state;
    assert_string_equal(bocata_reason_name(BOCATA_REASON_NONE), "none");
    assert_string_equal(bocata_reason_name(BOCATA_REASON_BAD_SIGNATURE), "bad-signature");
    assert_string_equal(bocata_reason_name(BOCATA_REASON_AMBIGUOUS), "ambiguous");
    assert_string_equal(bocata_reason_name(BOCATA_REASON_ABSOLUTE_TIMEOUT), "absolute-timeout");
    assert_string_equal(bocata_reason_text(BOCATA_REASON_EXPIRED),
                        "the cookie is older than its max_age_s");
    assert_string_equal(bocata_reason_name(BOCATA_REASON_COUNT), "unknown");
    assert_string_equal(bocata_reason_text((bocata_reason)-1), "an unknown reason");
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_TEST(&group, texts_belong_to_their_codes);
    SUITE_TEST(&group, reasons_have_names_and_sentences);
    return suite_run(&group, "status");
}
