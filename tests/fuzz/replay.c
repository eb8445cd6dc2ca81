/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands in for libFuzzer in `make check`: hands every file of tests/fuzz/corpus/X and tests/fuzz/crashes/X to the
 * target X_fuzz that it is linked with, and says so in TAP. A target that dies leaves its result out, which the harness
 * counts as a failure; the last "# replaying" line names the input.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static char target[64];

static int regular(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

/* Memory of just the input's size, so that the sanitizer sees a read behind it. */
static int replay_file(const char *path)
{
    struct stat st;
    FILE *f = fopen(path, "rb");
    if (!f || fstat(fileno(f), &st) || !S_ISREG(st.st_mode)) {
        printf("# %s: %s\n", path, f ? "not a file" : strerror(errno));
        if (f)
            fclose(f);
        return -1;
    }
    size_t size = (size_t)st.st_size;
    uint8_t *data = malloc(size ? size : 1);
    size_t n = data ? fread(data, 1, size, f) : 0;
    fclose(f);
    printf("# replaying %s\n", path);
    fflush(stdout);
    int status = n == size && data ? LLVMFuzzerTestOneInput(data, size) : -1;
    free(data);
    return status;
}

/* The number of files replayed; -1 after a failure. A folder that is not there has none. */
static int replay_folder(const char *folder)
{
    char dir[2048], path[4096];
    const char *srcdir = getenv("SRCDIR");
    struct dirent **entries = NULL;
    snprintf(dir, sizeof dir, "%s/tests/fuzz/%s/%s", srcdir ? srcdir : ".", folder, target);
    int n = scandir(dir, &entries, regular, alphasort), failed = 0;
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, entries[i]->d_name);
        failed |= replay_file(path);
        free(entries[i]);
    }
    free(entries);
    return failed ? -1 : n < 0 ? 0 : n;
}

/* "tests/fuzz/envelope_fuzz" replays "envelope". */
static void name_target(const char *program)
{
    const char *base = strrchr(program, '/');
    snprintf(target, sizeof target, "%s", base ? base + 1 : program);
    char *suffix = strstr(target, "_fuzz");
    if (suffix)
        *suffix = '\0';
}

int main(int argc, char **argv)
{
    if (argc > 1) { /* to look at one input by hand */
        int failed = 0;
        for (int i = 1; i < argc; i++)
            failed |= replay_file(argv[i]);
        return failed != 0;
    }
    name_target(argv[0]);
    puts("1..1");
    int seeds = replay_folder("corpus"), crashes = replay_folder("crashes");
    int ok = seeds > 0 && crashes >= 0;
    printf("%s 1 - %s: %d inputs of the corpus and %d past crashes replayed\n", ok ? "ok" : "not ok", target, seeds,
        crashes);
    return !ok;
}
