/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock of an appliance of the laboratory, and the lines that its sftunneld writes into the system log. */
#ifndef TESTS_LAB_SFTLOG_H
#define TESTS_LAB_SFTLOG_H

#include <time.h>

/* Now, as the appliance sees it: /etc/lab/clock holds how many seconds it is ahead; asked again each time. */
time_t sftlog_now(void);

void sftlog_open(const char *path);
/* One line, "sftunneld:MODULE [LEVEL] text", in one write; safe from any thread. */
void sftlog(const char *module, const char *level, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same of another process than sftunneld. */
void sftlog_as(const char *process, const char *level, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
