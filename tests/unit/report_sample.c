/* SPDX-License-Identifier: BSD-2-Clause */
/* report_sample CASE FORMAT [WIDTH [VERBOSITY [colour]]]: one of the hand-made cases on standard output, for
 * test_schema.py. */
#include "report_cases.h"

#include "agent/report/report.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    struct report_case rc;
    struct err e = { 0 };
    const struct report_format *f = argc > 2 ? report_format_find(slice_of(argv[2])) : NULL;
    if (!f || !report_case_build(argv[1], &rc)) {
        fprintf(stderr, "usage: report_sample CASE FORMAT [WIDTH [VERBOSITY [colour]]]\n");
        return 64;
    }
    struct report_style style = {
        .width = argc > 3 ? atoi(argv[3]) : 0,
        .verbosity = argc > 4 ? atoi(argv[4]) : 0,
        .colour = argc > 5,
        .unicode = argc > 5,
    };
    enum err_code code = f->render(stdout, &rc.c, &rc.d, &style, &e);
    report_case_clear(&rc);
    if (code != ERR_OK)
        fprintf(stderr, "%s\n", e.text);
    return err_exit(code);
}
