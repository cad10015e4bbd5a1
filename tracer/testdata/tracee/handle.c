// root
// setup: echo 1 >f
// want: stat f
// want: open .
// want: open f
#include "tracee.h"
int main(void)
{
	struct {
		struct file_handle h;
		char room[128];
	} b = {.h.handle_bytes = 128};
	int id, mnt = CALL(openat, AT_FDCWD, ".", O_RDONLY | O_DIRECTORY);
	CALL(name_to_handle_at, AT_FDCWD, "f", &b, &id, 0);
	CALL(open_by_handle_at, mnt, &b, O_RDONLY);
	return 0;
}
