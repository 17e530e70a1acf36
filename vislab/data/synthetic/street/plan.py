"""The camera and the ground plan of the street: the numbers that sampling and painting share.

Metres: x to the right of the camera, y up from the ground, z ahead. A point is seen at the fractions
u = 0.5 + FOCAL x / z and v = HORIZON + FOCAL (EYE - y) / z of the picture.
"""

HORIZON = 0.42  # the row of the vanishing point, in fractions of the picture
FOCAL = 0.9  # in sides of the picture: 58 degrees are seen
EYE = 1.75  # m above the ground, a van's driver
LANE = 1.5  # m, half a lane's width
BRAKING = 14.0  # m, what 30 km/h need to stop: 8 m in a second of thought, 6 m on the brakes
HOUSES = 14  # rows of houses have room for, on each side
BACKGROUND, BUILDING, GREEN, ROAD, PAVEMENT, A_CAR, A_PERSON = range(7)  # classes of pixels, as in VOCABULARY
NONE, CAR, PERSON, TREE, POLE = range(5)  # kinds of things that stand on the ground
CLASS_OF = (BACKGROUND, A_CAR, A_PERSON, GREEN, BACKGROUND)  # of each kind's pixels
PUDDLE, MANHOLE, PATCH = range(3)  # kinds of marks that lie on it
