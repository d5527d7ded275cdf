"""A spreadsheet in the format of Excel 97 (.xls), which no library that is kept up writes any more."""

import zlib
from base64 import b85decode

_CONTENT = (
    "c-rk)O=uHA6#izLG(R-yrlvw$C`-YrH3;g(OWjt`o-FkT6cKb|7E)R^VN(S?Xtm}j2%Z!#g<iZ=z4(J3^yWcm(Sslei5@)(3Le_5Z(epKQ4bAh"
    "sWRU(-@LqeZ|2R;UuKt=QkD4!y;b~#eP~0?i=n+iCn&{&A3CVq^Q0K$QA(b|KZRJ72C_Yjr-@e)Ifin)tI%*i^nw`pK<N~U7%w=sv5wf!F<3&z"
    "Fib3Phcrp_a8zB)XPGxK-($;X%p<J1&OA)E6>$<v=J?QFe-@w62DmH<S??qEdB>Vv=*CMqi!a|0b=xpT-AQYDV;1y>I<Np5w=vtXU2D36G!5Va"
    "zIq1mC0MD?4W(aSy#VRIHR~h4(cjcUz%0BoJi*IIV7X0}gmE-KSuCv}!?RMRKHym1Hu9F6Eu3?WLeX|ghBaf9?DMv>le|WAR$T7Syq@)@^_<{&"
    "-a(v0C(9|WQ>Pt!<?iR#hq4pqY1Yj09$w$+x5(h&;fnMi=OmYCKX{0F2lG{~wU6aq<}`JJ^1+F2UpP3&HrKdxklNY9cw=sDkhhUs{&e_pfBB=i"
    "o#e%_>c#ZpTXP-*bn@iLUp{llh>W;>OX7(c<ig(--ZS_7vO`2Q-S3;{A7`CdMV!SHv$PQ0yJic)7LqS%agHE`-SUjoy6})+$VkH}8Ha*`f`WpA"
    "f`Wp=MuqVI&C7d7h_4>?J43|(uCq$1raqJWw>W|VJu`GMJphMt7Z+NZKbsL2L0w{vKEd}wiR09|iz#F|j;WUCFWvb>V}I7{sQ<Yo)N1>+R^t52"
    "?SBWr$HkN"
)


def old_spreadsheet() -> bytes:
    """Return a file with a sheet "Ships", in which stands `documents.HARBOUR` above "Ada" and 12."""
    return zlib.decompress(b85decode(_CONTENT))
