/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/lab/sftlog.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MOST 2048

static const char *log_path;

time_t sftlog_now(void)
{
    long ahead = 0;
    FILE *f = fopen("/etc/lab/clock", "re");
    if (f) {
        if (fscanf(f, "%ld", &ahead) != 1)
            ahead = 0;
        fclose(f);
    }
    return time(NULL) + ahead;
}

void sftlog_open(const char *path)
{
    log_path = path;
}

/* The file is opened for each line, as syslog's would be after a rotation: what is renamed is left alone. */
static void put(const char *what, const char *level, const char *format, va_list a)
{
    char text[LINE_MOST], stamp[32], host[65] = "";
    struct tm tm;
    time_t now = sftlog_now();
    gmtime_r(&now, &tm);
    strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", &tm);
    gethostname(host, sizeof host - 1);
    int n =
        snprintf(text, sizeof text, "%s %s SF-IMS[%d]: [%d] %s [%s] ", stamp, host, getpid(), gettid(), what, level);
    n += vsnprintf(text + n, sizeof text - (size_t)n - 1, format, a);
    if (n > LINE_MOST - 2)
        n = LINE_MOST - 2;
    text[n++] = '\n';
    int fd = open(log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        return;
    if (write(fd, text, (size_t)n) != n)
        fputs("the log can't be written\n", stderr);
    close(fd);
}

void sftlog(const char *module, const char *level, const char *format, ...)
{
    char what[64];
    va_list a;
    snprintf(what, sizeof what, "sftunneld:%s", module);
    va_start(a, format);
    put(what, level, format, a);
    va_end(a);
}

void sftlog_as(const char *process, const char *level, const char *format, ...)
{
    va_list a;
    va_start(a, format);
    put(process, level, format, a);
    va_end(a);
}
