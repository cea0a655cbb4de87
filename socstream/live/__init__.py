"""What is happening now: access units from FFmpeg, the current group of pictures, fan-out to who watches."""
