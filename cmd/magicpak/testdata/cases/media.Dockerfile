# The image magicpak-test-media of TestCases: what draws and plays.
FROM magicpak-test-tools
RUN apt-get update && apt-get -o DPkg::Options::=--force-unsafe-io install -y --no-install-recommends \
  fonts-dejavu-core ghostscript graphviz imagemagick
RUN apt-get -o DPkg::Options::=--force-unsafe-io install -y --no-install-recommends ffmpeg
