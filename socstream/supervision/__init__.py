"""WHO KEEPS IT ALIVE: one worker for each wanted camera, and the supervisor that owns them all."""
