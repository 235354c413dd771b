select
    site_id,
    contact_id,
    party_kind,
    party_id,
    name,
    role,
    phone
from source.contacts
