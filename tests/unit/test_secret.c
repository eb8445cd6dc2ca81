/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/remedy/secret.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* What the text has become, in a buffer of the test's. */
static const char *redacted(const char *text)
{
    static char out[256];
    snprintf(out, sizeof out, "%s", text);
    (void)!secrets_redact(out, strlen(out));
    return out;
}

static void equal_ones_are_one(void **state)
{
    (void)state;
    char first[] = "hunter2";
    struct secret *a = secret_new(slice_of(first)), *b = secret_new(SLICE("hunter2")),
                  *c = secret_new(SLICE("hunter3"));
    memset(first, 'x', sizeof first - 1); /* it was copied */
    assert_ptr_equal(a, b);
    assert_ptr_not_equal(a, c);
    assert_true(slice_eq(secret_bytes(a), SLICE("hunter2")));
    assert_int_equal(secret_bytes(a).p[7], 0);
    secret_free(a);
    assert_true(slice_eq(secret_bytes(b), SLICE("hunter2")));
    secret_free(b);
    secret_free(c);
    secret_free(NULL);
    a = secret_new(SLICE("hunter2")); /* anew */
    assert_true(slice_eq(secret_bytes(a), SLICE("hunter2")));
    secret_free(a);
}

static void any_bytes(void **state)
{
    (void)state;
    char big[10000];
    memset(big, 'k', sizeof big);
    struct secret *none = secret_new(SLICE("")), *nul = secret_new((struct slice){ "a\0b", 3 }),
                  *more = secret_new((struct slice){ big, sizeof big });
    assert_int_equal(secret_bytes(none).n, 0);
    assert_memory_equal(secret_bytes(nul).p, "a\0b", 4);
    assert_memory_equal(secret_bytes(more).p, big, sizeof big);
    secret_free(none);
    secret_free(nul);
    secret_free(more);
}

static void taken_out_of_texts(void **state)
{
    (void)state;
    assert_string_equal(redacted("the hunter2 of it"), "the hunter2 of it");
    struct secret *a = secret_new(SLICE("hunter2")), *longer = secret_new(SLICE("hunter22")),
                  *twin = secret_new(SLICE("abab")), *none = secret_new(SLICE(""));
    assert_string_equal(redacted("hunter2"), "*******");
    assert_string_equal(
        redacted("a hunter22 b hunter2"), "a ******** b *******"); /* nothing of the longer one is left */
    assert_string_equal(redacted("xababab"), "x******");
    assert_string_equal(redacted("hunter"), "hunter");
    assert_false(secrets_redact(NULL, 0));
    secret_free(longer);
    assert_string_equal(redacted("hunter22"), "*******2");
    secret_free(a);
    secret_free(twin);
    secret_free(none);
    assert_string_equal(redacted("hunter2"), "hunter2");
}

/* Where it stands would say what it is. */
static void a_short_one_hides_all(void **state)
{
    (void)state;
    struct secret *s = secret_new(SLICE("e"));
    assert_string_equal(redacted("some text"), "*********");
    secret_free(s);
}

/* Neither the pages nor the process come into a core dump; told by the kernel, of a child that says so of itself. */
static void kept_out_of_dumps(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit core;
        struct secret *s = secret_new(SLICE("hunter2"));
        bool dd = false, here = false;
        char line[512];
        FILE *f = fopen("/proc/self/smaps", "re");
        while (f && fgets(line, sizeof line, f)) {
            unsigned long from, to;
            if (sscanf(line, "%lx-%lx ", &from, &to) == 2 && line[0] != 'V')
                here = (unsigned long)secret_bytes(s).p >= from && (unsigned long)secret_bytes(s).p < to;
            else if (here && strncmp(line, "VmFlags:", 8) == 0)
                dd = strstr(line, " dd") != NULL;
        }
        secrets_guard_process();
        _exit(!f || !dd || getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_room(void **state)
{
    (void)state;
    struct secret_room *r = secret_room_new(5000);
    memset(secret_room_bytes(r), 'p', 5000);
    secret_room_free(r);
    secret_room_free(NULL);
    r = secret_room_new(0);
    secret_room_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_ones_are_one),
        cmocka_unit_test(any_bytes),
        cmocka_unit_test(taken_out_of_texts),
        cmocka_unit_test(a_short_one_hides_all),
        cmocka_unit_test(kept_out_of_dumps),
        cmocka_unit_test(a_room),
    };
    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
