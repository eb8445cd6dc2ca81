/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "agent/commands/command.h"
#include "agent/commands/confine.h"

#include "base/caps.h"
#include "rules/rules.h"
#include "rules/scan.h"

static void rules_line(FILE *out)
{
    struct rules *r = NULL;
    struct err e;
    if (rules_load(true, NULL, 0, &r, &e) != ERR_OK) {
        fprintf(out, "  rules      the built-in pack does not load: %s\n", e.text);
        return;
    }
    fprintf(out, "  rules      %zu built in, PCRE2 JIT: %s\n", rules_count(r), rules_jit(r) ? "yes" : "no");
    rules_free(r);
}

static void confine_line(FILE *out)
{
    struct confine_state state;
    struct buf b = { 0 };
    confine_try(&state);
    confine_print(&b, &state);
    fprintf(out, "  confined   %s\n", b.p);
    buf_clear(&b);
}

void version_print(FILE *out, bool verbose)
{
    fprintf(out, "%s\n", PACKAGE_STRING);
    if (!verbose)
        return;
    fprintf(out, "  compiler   %s\n", BUILD_CC);
    fprintf(out, "  libraries  %s\n", BUILD_LIBRARIES);
    fprintf(out, "  features   ISA-L inflate: %s, live capture: %s, metrics over HTTP: %s, SSH push: %s\n", BUILD_ISAL,
        BUILD_PCAP, BUILD_METRICS, BUILD_SSH2);
    fprintf(out, "  build      static: %s, sanitizers: %s\n", BUILD_STATIC, BUILD_SANITIZERS);
    fprintf(out, "  scan       %s\n", scan_unit());
    rules_line(out);
    confine_line(out);
    fprintf(out, "  limits\n");
    for (const struct cap *c = caps_table; c->name; c++)
        fprintf(out, "    %-22s %12llu  %s\n", c->name, c->value, c->text);
}
