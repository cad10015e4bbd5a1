// setup: mkdir d; echo 1 >d/a
// want: open d
// want: list d
// want: open d/a
// want: open .
#include "tracee.h"
int main(void)
{
	DIR *d = opendir("d");
	struct dirent *e;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			say("open", openat(dirfd(d), e->d_name, O_RDONLY));
	return open(".", O_RDONLY | O_DIRECTORY) < 0;
}
