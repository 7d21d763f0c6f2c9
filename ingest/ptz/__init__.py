"""Who moves a camera, and for how long: pure parts, and the orders that the console gives to the worker that talks to the cameras.

::

    vector        a velocity or a position
    reservation   one person steers at a time; rank decides, time ends it
    drive         what is to be sent to a camera now; a dead browser stops it
    rounds        patrols over stored positions while nobody steers
    orders        the console's words to the worker, and the worker's answers
"""
