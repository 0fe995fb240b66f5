"""Running evalscripts on arrays, in V8, in a process of their own; nothing here checks one."""
