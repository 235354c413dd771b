select
    site_id,
    training_id,
    department_id,
    held_on,
    topic,
    attendee_count
from source.trainings
