#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"

static void dates_are_imf_fixdates(void **state)
{
    static const struct {
        const char *intent;
        int64_t now_s;
        const char *date;
    } table[] = {
        {"RFC 9110's own example", 784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
        {"the epoch", 0, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"the second before it", -1, "Wed, 31 Dec 1969 23:59:59 GMT"},
        {"a leap day of a year that 400 divides", 951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
        {"the day after it", 951868800, "Wed, 01 Mar 2000 00:00:00 GMT"},
        {"an ordinary leap day", 1709164800, "Thu, 29 Feb 2024 00:00:00 GMT"},
        {"no leap day in 2100", 4107542399, "Sun, 28 Feb 2100 23:59:59 GMT"},
        {"the next second is March", 4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"},
        {"past 31 bits", 2147483648, "Tue, 19 Jan 2038 03:14:08 GMT"},
        {"the end of a year", 1735689599, "Tue, 31 Dec 2024 23:59:59 GMT"},
        {"its last four-digit second", 253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
        {"clamped above", 253402300800, "Fri, 31 Dec 9999 23:59:59 GMT"},
        {"clamped at the largest", INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT"},
        {"the first second of year 0", -62167219200, "Sat, 01 Jan 0000 00:00:00 GMT"},
        {"clamped below", -62167219201, "Sat, 01 Jan 0000 00:00:00 GMT"},
        {"clamped at the smallest", INT64_MIN, "Sat, 01 Jan 0000 00:00:00 GMT"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char date[BOCATA_HTTP_DATE_LEN + 1];
        memset(date, 'x', sizeof date);
        bocata_clock_http_date(table[i].now_s, date);
        if (strcmp(date, table[i].date) != 0)
            fail_msg("%s: %s", table[i].intent, date);
    }
}

static void every_day_and_month_has_its_name(void **state)
{
    static const char days[] = "ThuFriSatSunMonTueWed"; /* the epoch was a Thursday */
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char date[BOCATA_HTTP_DATE_LEN + 1];
    (void)state;

    for (int day = 0; day < 7; day++) {
        bocata_clock_http_date((int64_t)day * 86400, date);
        assert_memory_equal(date, days + day * 3, 3);
    }
    for (int month = 0; month < 12; month++) { /* the 15th of each, of 1970 */
        bocata_clock_http_date((int64_t)(month * 304 / 10 + 14) * 86400, date);
        assert_memory_equal(date + 8, months + month * 3, 3);
    }
}

static void now_is_the_systems_time(void **state)
{
    (void)state;
    int64_t before = time(NULL) - 1; /* the two clocks may differ by a tick */
    int64_t now = bocata_clock_now_s();
    assert_in_range(now, before, time(NULL) + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_imf_fixdates),
        cmocka_unit_test(every_day_and_month_has_its_name),
        cmocka_unit_test(now_is_the_systems_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
