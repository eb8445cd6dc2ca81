/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Civil time: year, month, day and second of the day in one ordered number.
 *
 * The logs have no year, so a year is a guess that may be corrected late. In this packing to move by k years is to
 * add k * CIVIL_YEAR, whatever the calendar says, and order is the order of the numbers. Only differences in
 * seconds need the calendar. All times are UTC (the appliances log in UTC). Leap seconds are kept as :60.
 */
#ifndef BASE_CIVIL_H
#define BASE_CIVIL_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

typedef int64_t civil; /* a scalar with its own arithmetic, so that a shift is one addition */

#define CIVIL_NONE INT64_MIN
#define CIVIL_DAY ((civil)1 << 17) /* 86401 seconds fit */
#define CIVIL_MONTH (CIVIL_DAY * 32)
#define CIVIL_YEAR (CIVIL_MONTH * 16)

/* No range check: month 1-12, day 1-31, second 0-86400. */
static inline civil civil_pack(int year, unsigned month, unsigned day, unsigned second)
{
    return (civil)year * CIVIL_YEAR + (civil)month * CIVIL_MONTH + (civil)day * CIVIL_DAY + (civil)second;
}

static inline int civil_year(civil c)
{
    civil y = c / CIVIL_YEAR;
    return (int)(c % CIVIL_YEAR < 0 ? y - 1 : y);
}

static inline unsigned civil_month(civil c)
{
    return (unsigned)(c >> 22 & 15);
}

static inline unsigned civil_day(civil c)
{
    return (unsigned)(c >> 17 & 31);
}

static inline unsigned civil_second(civil c)
{
    return (unsigned)(c & 0x1ffff);
}

/* What is not known stays so. */
static inline civil civil_shifted(civil c, civil shift)
{
    return c == CIVIL_NONE ? c : c + shift;
}

/* Seconds since 1970-01-01T00:00:00Z; Feb 29 of a common year counts as Mar 1. */
int64_t civil_unix(civil c);
civil civil_from_unix(int64_t seconds);

/* b - a in seconds. */
int64_t civil_between(civil a, civil b);

bool civil_leap(int year);
/* Is there such a day, and is the second in 0-86400? */
bool civil_valid(civil c);

/* "2024-09-20T03:14:23Z" (RFC 3339); "null" is the caller's business: CIVIL_NONE prints "-". */
void civil_print(struct buf *b, civil c);

#define CIVIL_TEXT 32
/* The same into out; returns out. */
const char *civil_text(civil c, char out[CIVIL_TEXT]);

#endif
