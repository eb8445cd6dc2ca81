/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/command.h"
#include "agent/commands/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <unistd.h>

/*
 * Started with a closed 0, 1 or 2, the next file that is opened would take its place, and be read or written as such.
 * What stands in is opened the wrong way round, so that using it still is an error.
 */
static void occupy_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/*
 * What one thread has read another one joins, and frees: with a heap for each thread what is freed would lie idle
 * there. Little is allocated while reading, so that nobody waits for the one heap.
 */
static void share_heap(void)
{
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 128 << 10); /* a table that grows leaves no hole */
#endif
}

int main(int argc, char **argv)
{
    occupy_standard_descriptors();
    share_heap();
    lookup_begin();
    setlocale(LC_CTYPE, ""); /* only to know whether the terminal shows UTF-8 */
    return command_finish(command_main(argc, argv));
}
