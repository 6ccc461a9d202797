"""An illustrative history of a programme, generated with a fixed seed up to the day it is started."""
