# Wheels that Amazon Linux 2023 (glibc 2.34) loads, the newest first.
PLATFORMS := manylinux_2_34_x86_64 manylinux_2_28_x86_64 manylinux_2_26_x86_64 manylinux_2_17_x86_64 manylinux2014_x86_64
