// setup: mkdir -p root/d; echo 1 >root/file; echo 2 >file; ln -s /file root/abs; ln -s ../file root/d/up; ln -s d root/ld; ln -s /proc/self/exe root/magic
// want: open root
// want: open root/file
// want: open root/abs -> root/file
// want: open root/abs EXDEV -> root
// want: open root/abs ELOOP -> root/abs
// want: open root/d/up -> root/file
// want: open root/../file EXDEV -> root
// want: open root/d/../file -> root/file
#include "tracee.h"
static int root;
static void with(const char *name, uint64_t resolve)
{
	struct open_how how = {.flags = O_RDONLY, .resolve = resolve};
	CALL(openat2, root, name, &how, sizeof how);
}
int main(void)
{
	root = CALL(openat, AT_FDCWD, "root", O_PATH);
	with("/file", RESOLVE_IN_ROOT);
	with("abs", RESOLVE_IN_ROOT);
	with("abs", RESOLVE_BENEATH);
	with("abs", RESOLVE_NO_SYMLINKS);
	with("d/up", RESOLVE_BENEATH);
	with("../file", RESOLVE_BENEATH);
	with("d/../file", RESOLVE_BENEATH);
	return 0;
}
