/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs of lines that sftunneld may write, in any order. */
#ifndef TESTS_UNIT_RANDOMLOG_H
#define TESTS_UNIT_RANDOMLOG_H

#include <stdbool.h>
#include <stddef.h>

/*
 * n lines, each with its newline, to be freed one by one. The clock starts near New Year and may jump; calm: it only
 * goes on, by 2 s at most.
 */
char **randomlog_lines(size_t n, unsigned *seed, bool calm);

#endif
