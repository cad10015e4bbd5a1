# The image magicpak-test-utilities of TestCases: small programs.
FROM magicpak-test-tools
RUN apt-get update && apt-get -o DPkg::Options::=--force-unsafe-io install -y --no-install-recommends \
  busybox-static gawk git gnupg libdbd-sqlite3-perl openssl perl rsync sqlite3 vim
