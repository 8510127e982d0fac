#!/bin/sh
# Makes sure of the Chinese letters of printed reports, rare ones too; only root on Debian can
# install them. Without them everything runs but the PDF of a report, which then says what is
# missing; without the rare ones it prints boxes in their place.
set -eu
font() { find /usr/share/fonts /usr/local/share/fonts /Library/Fonts -name "$1" 2>/dev/null | grep -q .; }

font wqy-microhei.ttc && font BabelStoneHan.ttf && exit
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends \
        fonts-wqy-microhei fonts-babelstone-han; } >/dev/null 2>&1 </dev/null && exit
fi
font BabelStoneHan.ttf || font 'NotoSansCJK-Regular.ttc' || \
    echo "For rare characters in reports as PDF install the package fonts-babelstone-han." >&2
font wqy-microhei.ttc || font 'NotoSansCJK-Regular.ttc' || \
    echo "Reports as PDF need a Chinese font: install the package fonts-wqy-microhei." >&2
