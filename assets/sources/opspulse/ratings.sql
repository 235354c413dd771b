select
    site_id,
    rating_id,
    ticket_id,
    asked_at,
    rated_at,
    response_speed,
    professionalism,
    communication,
    overall,
    scale_max,
    is_auto,
    is_self,
    comment
from source.ratings
