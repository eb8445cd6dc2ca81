/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the hand-made events, one line each: tell_sample ndjson|ecs|syslog. For test_schema.py. */
#include "tell_cases.h"

#include "agent/report/tellecs.h"
#include "agent/report/tellndjson.h"
#include "agent/report/tellsyslog.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    const struct tellsyslog_sender sender = { .hostname = "watcher", .pid = 4711 };
    struct buf body = { 0 }, text = { 0 };
    enum err_code code = ERR_OK;
    struct err e;
    for (uint64_t i = 0; argc == 2 && code == ERR_OK && tell_case_names[i]; i++) {
        buf_reset(&body);
        tell_ndjson(&body, tell_case(tell_case_names[i]));
        if (strcmp(argv[1], "ndjson") == 0)
            tell_numbered(&text, i + 1, 0, buf_as_slice(&body));
        else if (strcmp(argv[1], "ecs") == 0)
            code = tell_ecs(&text, i + 1, buf_as_slice(&body), &e);
        else
            code = tell_syslog(&text, i + 1, buf_as_slice(&body), &sender, &e);
        if (text.p[text.n - 1] != '\n')
            buf_putc(&text, '\n');
    }
    bool printed = fwrite(text.p, 1, text.n, stdout) == text.n && fflush(stdout) == 0;
    buf_clear(&body);
    buf_clear(&text);
    return code == ERR_OK && printed ? 0 : 1;
}
