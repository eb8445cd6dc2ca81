/* SPDX-License-Identifier: BSD-2-Clause */
/* On machines without a wide variant of their own. */
#include "rules/scan.h"

bool scan_wide_usable(void)
{
    return false;
}

size_t scan_wide(const struct scan *s, const char *block, size_t from, size_t n, uint64_t *newlines)
{
    return scan_portable(s, block, from, n, newlines);
}

uint64_t scan_wide_newlines(const char *p, size_t n)
{
    return scan_portable_newlines(p, n);
}
