/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/civil.h"

#include <stdio.h>
#include <string.h>

/* Days since 1970-01-01 in the proleptic Gregorian calendar; March-based years make the leap day the last one. */
static int64_t days_from(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

int64_t civil_unix(civil c)
{
    return days_from(civil_year(c), civil_month(c), civil_day(c)) * 86400 + civil_second(c);
}

civil civil_from_unix(int64_t seconds)
{
    int64_t days = seconds / 86400, rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t m = (5 * day_of_year + 2) / 153;
    unsigned day = (unsigned)(day_of_year - (153 * m + 2) / 5 + 1);
    unsigned month = (unsigned)(m < 10 ? m + 3 : m - 9);
    return civil_pack((int)(year_of_era + era * 400 + (month <= 2)), month, day, (unsigned)rest);
}

int64_t civil_between(civil a, civil b)
{
    if (a >> 17 == b >> 17) /* the same day: nearly always */
        return (int64_t)civil_second(b) - (int64_t)civil_second(a);
    return civil_unix(b) - civil_unix(a);
}

bool civil_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool civil_valid(civil c)
{
    static const unsigned char days[13] = { 0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    unsigned month = civil_month(c), day = civil_day(c);
    if (month < 1 || month > 12 || day < 1 || day > days[month] || civil_second(c) > 86400)
        return false;
    return month != 2 || day != 29 || civil_leap(civil_year(c));
}

static void two(char *out, unsigned n)
{
    out[0] = (char)('0' + n / 10);
    out[1] = (char)('0' + n % 10);
}

const char *civil_text(civil c, char out[CIVIL_TEXT])
{
    static const char form[] = "0000-00-00T00:00:00Z";
    unsigned s = civil_second(c), hour = s / 3600;
    if (c == CIVIL_NONE) {
        snprintf(out, CIVIL_TEXT, "-");
        return out;
    }
    int year = civil_year(c);
    if (hour > 23) { /* 23:59:60 */
        snprintf(out, CIVIL_TEXT, "%04d-%02u-%02uT23:59:%02uZ", year, civil_month(c), civil_day(c), s - 86340);
        return out;
    }
    if (year < 0 || year > 9999) {
        snprintf(out, CIVIL_TEXT, "%04d-%02u-%02uT%02u:%02u:%02uZ", year, civil_month(c), civil_day(c), hour,
            s / 60 % 60, s % 60);
        return out;
    }
    memcpy(out, form, sizeof form);
    two(out, (unsigned)year / 100);
    two(out + 2, (unsigned)year % 100);
    two(out + 5, civil_month(c));
    two(out + 8, civil_day(c));
    two(out + 11, hour);
    two(out + 14, s / 60 % 60);
    two(out + 17, s % 60);
    return out;
}

void civil_print(struct buf *b, civil c)
{
    char text[CIVIL_TEXT];
    buf_puts(b, civil_text(c, text));
}
